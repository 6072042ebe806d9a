"""Yotpo on loopback: a token for key and secret, and reviews in pages."""

from typing import Any

from tests.fakes.serving import Break, Reply, Request, Served

KEY, SECRET, TOKEN = "teahouse", "yotpo-secret", "u-token"


class Yotpo(Served):
    """One shop's reviews; `knows_since` False: it passes over `since_updated_at`."""

    def __init__(self) -> None:
        super().__init__()
        self.reviews: list[dict[str, Any]] = []
        self.knows_since = True

    def answer(self, request: Request) -> Reply:
        """Answer as the version 1 interface does."""
        if (request.method, request.path) == ("POST", "/oauth/token"):
            asked = request.body
            if (asked["client_id"], asked["client_secret"]) != (KEY, SECRET):
                raise Break(401, {"error": "invalid_client"})
            return Reply(200, {"access_token": TOKEN, "token_type": "bearer"})
        if request.path != f"/v1/apps/{KEY}/reviews" or request.query.get("utoken") != TOKEN:
            raise Break(401, {"status": {"code": 401, "message": "Unauthorized"}})
        size, page = int(request.query.get("count", "10")), int(request.query.get("page", "1"))
        since = request.query.get("since_updated_at", "") if self.knows_since else ""
        found = [one for one in self.reviews if one["updated_at"][:10] >= since]
        return Reply(200, {"reviews": found[(page - 1) * size : page * size]})
