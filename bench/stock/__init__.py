"""django-scim2 as its documentation sets it up, to be measured beside ours."""
