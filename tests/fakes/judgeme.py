"""Judge.me on loopback: reviews newest first in pages, webhooks by key and address."""

from typing import Any

from tests.fakes.serving import Break, Reply, Request, Served

TOKEN, SHOP = "judge-token", "tea-house.example.test"


class Judge(Served):
    """One shop's reviews.

    `takes_header` False: the token is taken from the address only. `is_raced`: somebody else
    registers each webhook a moment before us.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reviews: list[dict[str, Any]] = []
        self.webhooks: list[dict[str, Any]] = []
        self.takes_header = True
        self.is_awesome = True
        self.is_raced = False

    def answer(self, request: Request) -> Reply:
        """Answer as /api/v1 does."""
        header = request.headers.get("x-api-token") if self.takes_header else None
        given = header or request.query.get("api_token")
        if given != TOKEN or request.query.get("shop_domain") != SHOP:
            raise Break(401, {"error": "Unauthorized"})
        if request.path == "/api/v1/reviews":
            return self._list(request)
        if request.path == "/api/v1/webhooks":
            return self._hooks(request)
        raise Break(404, {"error": "Not found"})

    def _list(self, request: Request) -> Reply:
        size = min(int(request.query.get("per_page", "10")), 100)
        page = int(request.query.get("page", "1"))
        newest = sorted(self.reviews, key=lambda one: (one["created_at"], one["id"]), reverse=True)
        found = newest[(page - 1) * size : page * size]
        return Reply(200, {"current_page": page, "per_page": size, "reviews": found})

    def _hooks(self, request: Request) -> Reply:
        if request.method == "GET":
            return Reply(200, {"webhooks": self.webhooks})
        if not self.is_awesome:
            said = "Shop is not awesome. Please upgrade to create webhooks."
            raise Break(422, {"error": said})
        asked = request.body["webhook"]
        if self.is_raced:
            self.webhooks.append({"id": len(self.webhooks) + 1, **asked})
        if any(one["key"] == asked["key"] and one["url"] == asked["url"] for one in self.webhooks):
            raise Break(422, {"error": ["Key and Url duplicated"]})
        self.webhooks.append({"id": len(self.webhooks) + 1, **asked})
        return Reply(200, {"webhook": self.webhooks[-1]})
