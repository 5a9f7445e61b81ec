"""Dealers' daily pages: light server-rendered HTML over the API, phone first, any writing direction.

In: a signed-in user's cookie. Out: pages of tens of kilobytes that work without JavaScript.
The desk calls the same routes as any other client, with the user's own token, so scope, permissions,
idempotency and versions are decided in one place and nothing here can widen them.
"""

from operational_api.desk.router import router

__all__ = ["router"]
