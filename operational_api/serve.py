"""Serve the API by uvicorn, with limits: `python -m operational_api.serve --port 8800 --workers 2`."""

from __future__ import annotations

import argparse

import uvicorn

KEEP_ALIVE_SECONDS = 15
MOST_CONNECTIONS = 2_000  # per worker; more are told 503


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operational_api.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    uvicorn.run(
        "operational_api.app:app",
        host=given.host,
        port=given.port,
        workers=given.workers,
        http="operational_api.patience:PatientProtocol",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
    )


if __name__ == "__main__":
    main()
