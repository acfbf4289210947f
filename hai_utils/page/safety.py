"""The one visitor whom the local page answers: the browser that was given the token, at this address, from this page.

A page of another origin cannot read an answer (no CORS), cannot send a form (Origin), cannot come by a name of its own
(Host, against DNS rebinding) and has no cookie (SameSite=Strict). What is refused gets 403 and nothing else.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDRESS = "127.0.0.1"
TOKEN = "token"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a form of this page would have the Origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_READING = frozenset({"GET", "HEAD"})
_OWN = ("same-origin", "none")


@dataclass(frozen=True, slots=True)
class Keys:
    """What lets a browser in.

    Attributes
    ----------
    token : str
        Stands in the address that the command prints, and is exchanged for the cookie.
    secret : str
        Value of the cookie; the same after a restart, so that an open page goes on.
    port : int
        Where the server listens; a cookie knows no port, so its name does.
    """

    token: str
    secret: str
    port: int

    @property
    def host(self) -> str:
        """The only Host that is answered."""
        return f"{ADDRESS}:{self.port}"

    @property
    def cookie(self) -> str:
        """Name of the cookie."""
        return f"hai_{self.port}"

    @property
    def address(self) -> str:
        """What a person opens."""
        return f"http://{self.host}/?{urlencode({TOKEN: self.token})}"


class Safety:
    """Middleware that lets through what `Keys` allow and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, exchange a token for the cookie, or let through."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        if not self._is_own(scope["method"], headers):
            await Response(status_code=403)(scope, receive, send)
        elif scope["method"] == "GET" and (token := _token(scope)) is not None and _same(token, self.keys.token):
            await self._welcome(scope["path"])(scope, receive, send)
        elif self.keys.secret and _same(_cookie(headers, self.keys.cookie), self.keys.secret):
            await self.app(scope, receive, _with_headers(send))
        else:
            await Response(status_code=403)(scope, receive, send)

    def _is_own(self, method: str, headers: Headers) -> bool:
        """Say whether a request comes from this page or from the person: Host, Origin and what the browser says of both."""
        if headers.getlist("host") != [self.keys.host] or headers.get("sec-fetch-site", "none") not in _OWN:
            return False
        own = f"http://{self.keys.host}"
        return headers.get("origin", own if method in _READING else "") == own

    def _welcome(self, path: str) -> Response:
        """Give the cookie and take the token out of the address."""
        path = path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
        answer = Response(status_code=303, headers={"Location": path, **HEADERS})
        answer.set_cookie(self.keys.cookie, self.keys.secret, httponly=True, samesite="strict", path="/")
        return answer


def _token(scope: Scope) -> str | None:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"))).get(TOKEN)


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
