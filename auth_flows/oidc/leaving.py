from django import forms


class LeavingForm(forms.Form):
    """What an app asked (RP-Initiated Logout 1.0, 2), kept while the person is asked."""

    NAMES = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")

    id_token_hint = forms.CharField(required=False, widget=forms.HiddenInput)
    client_id = forms.CharField(required=False, widget=forms.HiddenInput)
    post_logout_redirect_uri = forms.CharField(required=False, widget=forms.HiddenInput)
    state = forms.CharField(required=False, widget=forms.HiddenInput)
