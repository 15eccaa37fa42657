"""How the tests of an office's sign-on set it, go there and come back."""

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from tests.cast import come_in

PASSWORD = "four words that nobody else says"
SECRET = "the client secret of Alder"


def told_of(provider, **more):
    return {
        "name": "Alder sign-on",
        "issuer": provider.issuer,
        "client_id": "mpi",
        "secret": SECRET,
        "domains": "example.org",
        "proof": "none",
        "acr_values": "",
        "version": 1,
    } | more


def page(office):
    return f"/people/offices/{office.pk}/sign-on/"


def signed_in(who):
    client = Client()
    come_in(client, who)
    return client


def led_to(response):
    assert response.status_code == 200, (response.status_code, response.get("Location"))
    assert f'content="0; url={response.context["address"]}"'.replace("&", "&amp;") in response.content.decode()
    return response.context["address"]


def back(client, provider, address, sub):
    """The person signs in at the provider, which leads their browser back."""
    return client.get(provider.let_in(address, sub))


def go(client, sign_on, provider, sub, **more):
    address = led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/", more))
    return back(client, provider, address, sub)


def link_by_page(client, sign_on, provider, sub):
    return back(client, provider, led_to(client.post(f"/settings/sign-on/{sign_on.pk}/link/")), sub)


def code_now():
    return format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", list(yield_hotp_counters_from_time())[1]))


def second_step(client):
    return client.post("/accounts/2fa/authenticate/", {"code": code_now()})


def is_in(client):
    return client.get("/api/v1/me/").status_code == 200


def whole(response):
    return response.content.decode()
