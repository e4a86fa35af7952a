"""How risky a sign-in looks: facts, rules that give points, a policy that says what follows, and replay."""
