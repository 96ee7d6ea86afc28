"""Our signature, judged by the public `standardwebhooks` library."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.notify.domain.signature import SECRET_BYTES, headers, shown

SECRET = bytes(range(SECRET_BYTES))
BODY = '{"id":"1","data":{"name":"Dinas Penanaman Modal · é"}}'.encode()


def test_the_public_library_verifies_our_signature() -> None:
    signed = headers("msg_1", int(time.time()), BODY, SECRET)

    assert Webhook(shown(SECRET)).verify(BODY, dict(signed))["id"] == "1"


def test_a_changed_body_or_another_secret_does_not_verify() -> None:
    signed = dict(headers("msg_1", int(time.time()), BODY, SECRET))

    for secret, body in ((SECRET, BODY + b" "), (bytes(SECRET_BYTES), BODY)):
        with pytest.raises(WebhookVerificationError):
            Webhook(shown(secret)).verify(body, signed)


@given(st.text(alphabet="abc019_-", min_size=1), st.text())
def test_any_text_is_signed_as_the_library_signs_it(webhook_id: str, text: str) -> None:
    body = text.encode("utf-8", "replace")
    signed = headers(webhook_id, int(time.time()), body, SECRET)

    Webhook(shown(SECRET)).verify(body, dict(signed), json_parse=False)
