"""Delivery: claims what is due, sends it safely, records how it ended."""

from services.notify.delivery.courier import Courier, Pace
from services.notify.delivery.sender import Sender

__all__ = ["Courier", "Pace", "Sender"]
