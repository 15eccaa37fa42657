"""A pytest plugin: an identity provider on this machine (oidc-provider-mock, a whole OpenID provider), whose real answers a
test may spoil on their way."""

import json
import threading
import time
import warnings
from contextlib import contextmanager
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import authlib.deprecate  # noqa: F401 (its own filter of warnings, before the one below)
import flask
import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it still uses a part of Authlib that ends with 2.0
    from oidc_provider_mock import User, app


class Quiet(WSGIRequestHandler):
    def log(self, *args):
        pass


class IdentityProvider:
    """`issuer`; `asked`: `[(path, form)]` of what the platform asked; `spoil(path, change)` changes the JSON of answers at a
    path from then on, and `claims(change)` the ID token's claims, signed anew by the provider's own key."""

    def __init__(self):
        self.app = app(user_claims=[User(sub=f"{name}.work") for name in ("ada", "amos", "ben", "finn", "ike", "vera")])
        self.asked, self.changes, self.jwk, self.before = [], {}, None, lambda path: None

        @self.app.before_request
        def keep_key():
            self.jwk = flask.g.oidc_provider_mock_storage.jwk

        self.wsgi = self.app.wsgi_app

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        self.asked.append((path, {name: values[0] for name, values in parse_qs(body.decode()).items()}))
        spoiled = self.before(path)
        if spoiled is not None:
            return spoiled(environ, start_response)
        answer = Response.from_app(self.wsgi, environ)
        if path in self.changes and answer.status_code == 200:
            answer.set_data(json.dumps(self.changes[path](json.loads(answer.get_data()))))
        return answer(environ, start_response)

    def spoil(self, path, change):
        self.changes[path] = change

    def claims(self, change, key=None, header=None):
        def sign_anew(told):
            key_here = RSAKey.import_key(self.jwk.as_dict(is_private=True))
            was = jwt.decode(told["id_token"], key_here)
            claims = {name: value for name, value in (was.claims | change).items() if value is not None}
            return told | {"id_token": jwt.encode(header or was.header, claims, key or key_here)}

        self.spoil("/oauth2/token", sign_anew)

    def says(self, sub, **claims):
        """What its ID tokens say of `sub` besides."""
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()

    def let_in(self, address, sub):
        """Whoever was led to `address` signs in there as `sub`; where the provider leads them then."""
        answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def serving(application):
    """The address of a WSGI application on this machine."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def provider():
    made = IdentityProvider()
    with serving(made) as made.issuer:
        yield made


def query_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def slowly(seconds):
    """An answer whose first byte comes after some time."""

    def application(environ, start_response):
        time.sleep(seconds)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    return application
