"""A real OpenID Connect provider on this machine: Authlib's code flow with signed ID tokens, behind a form for an address.

The provider takes any address, and verifies all but those that begin with `unverified`.
"""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "keyspend", "known to the provider and to Keyspend alone"
_FORM = """<!doctype html><title>Provider</title><form method="post">
<label>Address <input name="address" type="email" required></label><button>Continue</button></form>"""


@dataclass
class Client(ClientMixin):
    """The one client: a Keyspend at one address."""

    redirect_uri: str

    def get_client_id(self):
        """The client id."""
        return CLIENT_ID

    def get_default_redirect_uri(self):
        """The redirect URI."""
        return self.redirect_uri

    def get_allowed_scope(self, scope):
        """The requested scope, whatever it is."""
        return scope

    def check_redirect_uri(self, redirect_uri):
        """Whether a redirect URI is that of the client."""
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret):
        """Whether a secret is that of the client."""
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        """Whether a method of authentication sends the secret."""
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        """Whether a response type is that of the code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type):
        """Whether a grant type is that of the code flow."""
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """An authorization code: the address that it is for, until it is used once."""

    address: str
    redirect_uri: str
    scope: str
    nonce: str

    def get_redirect_uri(self):
        """The redirect URI of the request."""
        return self.redirect_uri

    def get_scope(self):
        """The scope of the request."""
        return self.scope

    def get_nonce(self):
        """The nonce, which binds the ID token to the request."""
        return self.nonce

    def get_auth_time(self):
        """The time of authentication, in seconds since the epoch."""
        return int(time.time())

    def get_acr(self):
        """The authentication context class: none."""

    def get_amr(self):
        """The authentication methods: none."""


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
    granted = {}  # noqa: RUF012 - one provider per process

    def save_authorization_code(self, code, request):
        payload = request.payload
        self.granted[code] = Code(request.user, payload.redirect_uri, payload.scope, payload.data["nonce"])

    def query_authorization_code(self, code, client):
        return self.granted.get(code)

    def delete_authorization_code(self, authorization_code):
        for code in [code for code, granted in self.granted.items() if granted is authorization_code]:
            del self.granted[code]

    def authenticate_user(self, authorization_code):
        return authorization_code.address


class _OpenID(OpenIDCode):
    def __init__(self, issuer, key):
        super().__init__(require_nonce=True)
        self._issuer, self._key = issuer, key

    def exists_nonce(self, nonce, request):
        return any(code.get_nonce() == nonce for code in _CodeGrant.granted.values())

    def resolve_client_private_key(self, client):
        return self._key

    def get_client_algorithm(self, client):
        return "RS256"

    def get_client_claims(self, client):
        return {"iss": self._issuer}

    def generate_user_info(self, user, scope):
        return UserInfo(sub=user, email=user, email_verified=not user.startswith("unverified"))


@contextmanager
def provided(redirect_uri):
    """Serve a provider for the client with `redirect_uri`; yield the address of its metadata."""
    app = Flask("provider")
    web = make_server("127.0.0.1", 0, app, threaded=True)
    issuer = f"http://localhost:{web.port}"
    _routes(app, issuer, Client(redirect_uri))
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    try:
        yield f"{issuer}/.well-known/openid-configuration"
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


def _routes(app, issuer, client):
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
    app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "profile", "email"]
    server = AuthorizationServer(
        app, query_client=lambda name: client if name == CLIENT_ID else None, save_token=lambda token, request: None
    )
    server.register_grant(_CodeGrant, [_OpenID(issuer, key)])

    @app.get("/.well-known/openid-configuration")
    def metadata():
        return jsonify(
            issuer=issuer,
            authorization_endpoint=f"{issuer}/authorize",
            token_endpoint=f"{issuer}/token",
            jwks_uri=f"{issuer}/keys",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
        )

    @app.get("/keys")
    def keys():
        return jsonify(keys=[key.as_dict(private=False)])

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize():
        grant = server.get_consent_grant(end_user=None)
        if request.method == "GET":
            return _FORM
        return server.create_authorization_response(grant_user=request.form["address"], grant=grant)

    @app.post("/token")
    def token():
        return server.create_token_response()
