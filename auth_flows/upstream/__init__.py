"""The doors to identity providers: out, back, in self-service, and for what they tell us by themselves."""
