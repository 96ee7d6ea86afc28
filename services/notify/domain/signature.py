"""Standard Webhooks 1.0: the secret as subscribers get it, and the symmetric signature."""

import hmac
from base64 import b64encode
from collections.abc import Mapping

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"


def shown(secret: bytes) -> str:
    """A secret in the form that Standard Webhooks libraries take."""
    return SECRET_PREFIX + b64encode(secret).decode()


def headers(webhook_id: str, timestamp: int, body: bytes, secret: bytes) -> Mapping[str, str]:
    """The three headers of one attempt. The id stays the same over attempts, the time does not."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    signature = b64encode(hmac.digest(secret, signed, "sha256")).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
