"""OpenID Connect with an office's identity provider: the authorization code flow with PKCE, state and nonce, by Authlib.

Authlib checks the ID token: signature by the provider's own keys, issuer, audience, authorized party, times, nonce. Here stands
what is stricter: which addresses the platform asks, and what of a provider's own description is believed."""

import ipaddress
import socket
import time
from contextlib import contextmanager

import requests
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.core.exceptions import ValidationError
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .models.sealed import Unreadable
from .models.sign_ons import check_web_address

TIMES = (3.05, 5)  # seconds to connect, and between two bytes
LONGEST = 10  # seconds for one whole answer
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # each stands for an address of the older kind
MOST_BYTES = 512 * 1024
SKEW = 60  # seconds by which two clocks may differ
# Whatever a provider says it signs with, only keys that it alone has count.
ALGORITHMS = {*("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), *("ES256", "ES384", "ES512", "EdDSA", "Ed25519")}
# What is believed of a provider's description. The rest of it would become arguments of the HTTP client.
BELIEVED = {
    *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"),
    *("id_token_signing_alg_values_supported", "token_endpoint_auth_methods_supported"),
}
CLAIMS = {
    "iss": "issuer",
    "aud": "audience",
    "azp": "audience",
    "nonce": "nonce",
    "exp": "expired",
    "iat": "times",
    "nbf": "times",
    "at_hash": "access token",
}


STRANGE = "This answer belongs to no sign-in that began in this browser within the last hour. Begin again."
MALFORMED = (
    *(requests.HTTPError, requests.JSONDecodeError, requests.TooManyRedirects, ValidationError),
    *(ValueError, KeyError, TypeError, AttributeError, RuntimeError),
)


class Refused(Exception):
    """Nobody was shown to be who they are. `words` is for the person, `reason` one or two words for the audit trail."""

    def __init__(self, words, reason):
        super().__init__(words)
        self.words, self.reason = words, reason


# --- which addresses are asked


def may_be_asked(host, address):
    """Whether `host` may be where `address` is: on the public network, or as the installation's own settings say."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        ip = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip)
    return host in settings.SIGN_ON_INNER_HOSTS or (ip.is_global and not ip.is_multicast)


class Inner(OSError):
    """The address is inside a network that the platform does not ask for others."""


class Guarded:
    """Looks where a name leads before connecting, and at who answered before a byte is sent: a name may change in between."""

    def _new_conn(self):
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        if not all(may_be_asked(self.host, place[4][0]) for place in found):
            raise Inner(self.host)
        made = super()._new_conn()
        if not may_be_asked(self.host, made.getpeername()[0]):
            made.close()
            raise Inner(self.host)
        return made


class GuardedHTTP(Guarded, HTTPConnection):
    pass


class GuardedHTTPS(Guarded, HTTPSConnection):
    pass


class GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = GuardedHTTP


class GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = GuardedHTTPS


class GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}


class GuardedSession(OAuth2Session):
    """Asks providers: no proxy or password of the machine's environment, no redirect, little time, few bytes."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.trust_env = False
        self.mount("http://", GuardedAdapter())
        self.mount("https://", GuardedAdapter())

    def request(self, method, url, **kwargs):
        check_web_address(url)
        until = time.monotonic() + LONGEST
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": TIMES}
        response = super().request(method, url, **kwargs)
        with response:
            if response.is_redirect:
                raise requests.TooManyRedirects("A provider answers where it says it is.")
            content = b""
            for piece in response.iter_content(16 * 1024):
                content += piece
                if len(content) > MOST_BYTES or time.monotonic() > until:
                    raise requests.Timeout("Too much, or too slowly.")
        response._content, response._content_consumed = content, True
        return response


# --- the provider


class Provider(DjangoOAuth2App):
    """An office's provider, as its sign-on says. `begin` gives the address to send somebody to; `finish` who came back."""

    client_cls = GuardedSession

    def __init__(self, sign_on):
        self.sign_on = sign_on
        super().__init__(
            DjangoIntegration(str(sign_on.pk)),
            name=str(sign_on.pk),
            client_id=sign_on.client_id,
            client_kwargs={"scope": "openid", "code_challenge_method": "S256"},
            server_metadata_url=f"{sign_on.issuer.rstrip('/')}/.well-known/openid-configuration",
        )

    def load_server_metadata(self):
        if "issuer" not in self.server_metadata:
            with self._get_session() as session:
                answer = session.request("GET", self._server_metadata_url, withhold_token=True)
                answer.raise_for_status()
                told = answer.json()
            if not isinstance(told, dict) or told.get("issuer") != self.sign_on.issuer:
                raise Refused(f"{self.sign_on} says that it is another provider than the one set here.", "issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                check_web_address(str(told.get(name, "")))
            told = {name: value for name, value in told.items() if name in BELIEVED}
            said = told.get("id_token_signing_alg_values_supported") or ["RS256"]
            told["id_token_signing_alg_values_supported"] = [each for each in said if each in ALGORITHMS]
            self.server_metadata = told
        return self.server_metadata

    def show_ourselves(self):
        """By which secret the platform takes an answer back, in the first of the two ways that the provider knows."""
        self.client_secret = self.sign_on.secret
        known = self.load_server_metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by_post = "client_secret_basic" not in known and "client_secret_post" in known
        way = "client_secret_post" if by_post else "client_secret_basic"
        self.client_kwargs["token_endpoint_auth_method"] = way if self.client_secret else "none"

    def begin(self, request, answer_at, *, is_fresh=False, **kept):
        """The provider's address for this person's browser. `kept` comes back with the answer; `is_fresh` asks the provider to
        ask them again, however lately it did."""
        more = {"prompt": "login", "max_age": "0"} if is_fresh else {}
        if self.sign_on.proof == self.sign_on.Proof.ACR:
            more["acr_values"] = self.sign_on.acr_values
        with spoken(self.sign_on):
            made = self.create_authorization_url(answer_at, **more)
        self.save_authorize_data(request, redirect_uri=answer_at, is_fresh=is_fresh, begun_at=int(time.time()), **kept, **made)
        return made["url"]

    def kept(self, request):
        """What was kept in this browser when the answer's way began; None where it did not begin here, or too long ago."""
        return self.framework.get_state_data(request.session, request.GET.get("state"))

    def finish(self, request):
        """The claims of an answer that is to be believed. Works once for each beginning. Raises Refused."""
        kept = self.kept(request)
        if kept is None or not isinstance(request.GET.get("state"), str):
            raise Refused(STRANGE, "unknown state")
        if request.GET.get("error"):
            self.framework.clear_state_data(request.session, request.GET["state"])
            raise Refused(*self.refusal(request.GET["error"]))
        if "iss" in request.GET and request.GET["iss"] != self.sign_on.issuer:
            self.framework.clear_state_data(request.session, request.GET["state"])
            raise Refused(f"The answer does not come from {self.sign_on}.", "issuer")
        must_be = {
            "iss": {"essential": True, "value": self.sign_on.issuer},
            "aud": {"essential": True, "value": self.client_id},
            "sub": {"essential": True},
        }
        with spoken(self.sign_on):
            self.show_ourselves()
            token = self.authorize_access_token(request, claims_options=must_be, leeway=SKEW)
        claims = token.get("userinfo")
        if not claims:
            raise Refused(f"{self.sign_on} did not say who you are.", "no ID token")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Refused(f"{self.sign_on} did not say who you are.", "no subject")
        if kept["is_fresh"]:
            self.check_fresh(claims, kept["begun_at"])
        return claims

    def check_fresh(self, claims, begun_at):
        at = claims.get("auth_time")
        if not isinstance(at, (int, float)) or at < begun_at - SKEW:
            raise Refused(
                f"{self.sign_on} did not ask you again, so this does not show that it is you. Use another way, or tell your IT "
                "contact.",
                "not asked again",
            )

    def refusal(self, error):
        """`(words, reason)` of an answer that says no. What else a provider writes is not shown."""
        if error == "access_denied":
            return f"{self.sign_on} did not let you in.", "refused there"
        if error in ("temporarily_unavailable", "server_error"):
            return f"{self.sign_on} cannot answer at present. Try again in a while.", "provider down"
        return f"{self.sign_on} did not take the request. Your IT contact can say why.", "refused there"


@contextmanager
def spoken(sign_on):
    """Whatever goes wrong with a provider inside, as Refused with one plain sentence."""
    try:
        yield
    except Refused:
        raise
    except Unreadable as problem:
        words = f"The client secret of {sign_on} cannot be read any more. It must be set again."
        raise Refused(words, "secret unreadable") from problem
    except MismatchingStateError as problem:
        raise Refused(STRANGE, "unknown state") from problem
    except OAuthError as problem:
        words = f"{sign_on} did not take the answer back. Begin again; if it stays so, tell your IT contact."
        raise Refused(words, "code refused") from problem
    except ExpiredTokenError as problem:
        raise Refused(f"The answer of {sign_on} had expired. Nothing was changed. Begin again.", "expired") from problem
    except ClaimError as problem:
        what = CLAIMS.get(problem.claim, "claims")
        words = f"The answer of {sign_on} is not for this sign-in ({what}). Nothing was changed. Begin again."
        raise Refused(words, what) from problem
    except JoseError as problem:
        raise Refused(f"The answer of {sign_on} is not signed as it must be. Nothing was changed.", "signature") from problem
    except MALFORMED as problem:
        words = f"{sign_on} does not answer as a sign-on must. Nothing was changed. Tell your IT contact."
        raise Refused(words, "malformed") from problem
    except OSError as problem:  # of which those of requests are, too
        words = f"{sign_on} does not answer at present. Nothing was changed. Try again in a while."
        raise Refused(words, "provider down") from problem


def try_provider(sign_on):
    """Ask a provider for its description and its keys, as it is set, before anybody relies on it. Raises Refused."""
    provider = Provider(sign_on)
    with spoken(sign_on):
        keys = provider.fetch_jwk_set()
    if not isinstance(keys, dict) or not keys.get("keys"):
        raise Refused(f"{sign_on} publishes no keys.", "malformed")
