"""The REST door for websites: what they need to ask for consent with the exact wording."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.ledger import latest_versions
from consent.models import PurposeVersion, text_hash
from provisioning.models import Scope
from provisioning.websites import Caller, NotAdmitted, UnknownCaller, authenticate


class WebsiteAuthentication(BaseAuthentication):
    """A bearer token that stands for a website. The Caller is `request.auth`; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, Caller] | None:
        try:
            return None, authenticate(request.headers.get("Authorization"), timezone.now())
        except UnknownCaller as error:
            if not error.presented:
                return None
            raise AuthenticationFailed(str(error)) from None
        except NotAdmitted as error:
            raise PermissionDenied(str(error)) from None

    def authenticate_header(self, request: Request) -> str:
        presented = "Authorization" in request.headers
        return UnknownCaller(presented=presented).challenge("api")


class WebsiteTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = WebsiteAuthentication
    name = "websiteToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        said = "A token of one of the brand's websites, or an access token with the scope scim of its app"
        return {"type": "http", "scheme": "bearer", "description": said}


class MayRead(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, Caller) and Scope.READ in request.auth.scopes


class PurposeSerializer(serializers.Serializer[Any]):
    key = serializers.SlugField()
    version = serializers.IntegerField()
    locale = serializers.CharField(
        help_text="Of the title and the text; another one where the asked is missing."
    )
    title = serializers.CharField()
    text = serializers.CharField(help_text="To be shown exactly as it is.")
    text_hash = serializers.CharField(help_text="SHA-256 of the text in hex, to be sent with the answer.")
    required = serializers.BooleanField()  # type: ignore[assignment]


class PurposesSerializer(serializers.Serializer[Any]):
    purposes = PurposeSerializer(many=True)


def _shown(version: PurposeVersion, asked: str, default: str) -> dict[str, object]:
    is_there = not version.texts.keys().isdisjoint({asked, asked.split("-")[0]})
    known, title, text = version.wording(asked if is_there else default)
    return {
        "key": version.purpose.key,
        "version": version.number,
        "locale": known,
        "title": title,
        "text": text,
        "text_hash": text_hash(text),
        "required": version.purpose.required,
    }


class PurposesView(APIView):
    """The wording of the brand's purposes as it is shown now."""

    authentication_classes = (WebsiteAuthentication,)
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="purposes",
        parameters=[
            OpenApiParameter("locale", str, description="The reader's language; the brand's by default.")
        ],
        responses=PurposesSerializer,
    )
    def get(self, request: Request) -> Response:
        caller = request.auth
        assert isinstance(caller, Caller)
        asked, default = request.query_params.get("locale", ""), caller.brand.default_locale
        purposes = [_shown(version, asked, default) for version in latest_versions(caller.brand)]
        return Response(PurposesSerializer({"purposes": purposes}).data)
