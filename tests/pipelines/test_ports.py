"""A port that is taken is an error with holder and remedy."""

from __future__ import annotations

import os
import socket

import pytest

from pipelines import ports
from pipelines.ports import PortTakenError

pytestmark = pytest.mark.fast


def test_a_free_port_is_free_until_somebody_listens_on_it():
    port = ports.free_port()
    ports.demand_free(port, "DMS_API_PORT")
    with socket.create_server((ports.LOOPBACK, port)):
        assert not ports.is_free(port)
    assert ports.is_free(port)


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="holders are known on Linux only")
def test_a_taken_port_names_its_holder_and_the_variable_that_chooses_another():
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(
            PortTakenError,
            match=rf"port {port} is taken by .*process {os.getpid()}.*export DMS_API_PORT=\d+$",
        ):
            ports.demand_free(port, "DMS_API_PORT")


def test_nobody_holds_a_free_port():
    assert ports.holder(ports.free_port()) is None
