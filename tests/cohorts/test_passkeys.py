"""A passkey's ceremony, answered as a browser at some origin would: what is signed elsewhere opens nothing here."""

import hashlib
import json

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from tests.cast import come_in

ADD = "/accounts/2fa/webauthn/add/"
HERE = "https://localhost"


def passkey_made_at(origin, challenge, rp_id="localhost"):
    """What a browser at `origin` sends when it made a passkey for `rp_id` there."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(b"\0" * 16, b"a passkey of Ada", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    made = AuthenticatorData.create(hashlib.sha256(rp_id.encode()).digest(), flags, 0, credential)
    client_data = CollectedClientData.create(CollectedClientData.TYPE.CREATE, challenge, origin)
    return {
        "id": websafe_encode(b"a passkey of Ada"),
        "rawId": websafe_encode(b"a passkey of Ada"),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(AttestationObject.create("none", made, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }


@pytest.mark.parametrize(
    "origin, rp_id, is_kept",
    [
        (HERE, "localhost", True),
        ("https://evil.example", "localhost", False),
        ("https://localhost.evil.example", "localhost", False),
        ("http://evil.example", "localhost", False),
        ("null", "localhost", False),
        (HERE, "evil.example", False),
    ],
)
def test_a_passkey_made_at_another_origin_is_not_kept(cast, origin, rp_id, is_kept):
    client = Client(SERVER_NAME="localhost")
    come_in(client, cast.ada)
    assert client.get(ADD).status_code == 200
    challenge = client.session["mfa.webauthn.state"]["challenge"]
    told = {"name": "Mine", "passwordless": "on", "credential": json.dumps(passkey_made_at(origin, challenge, rp_id))}
    answer = client.post(ADD, told)
    passkeys = Authenticator.objects.filter(user=cast.ada, type="webauthn").count()
    assert (answer.status_code == 302, passkeys) == (is_kept, int(is_kept))
    assert is_kept or "That did not match. Try again." in answer.content.decode()


def test_an_answer_to_another_question_is_not_kept(cast):
    client = Client(SERVER_NAME="localhost")
    come_in(client, cast.ada)
    client.get(ADD)
    told = {"name": "Mine", "credential": json.dumps(passkey_made_at(HERE, websafe_encode(b"another challenge")))}
    answer = client.post(ADD, told)
    assert "That did not match. Try again." in answer.content.decode()
    assert not Authenticator.objects.filter(user=cast.ada, type="webauthn").exists()
