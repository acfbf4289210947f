"""Who may talk to the local page: 403 and nothing else for everyone but the browser that was given the token."""

from __future__ import annotations

import pytest

from hai_utils.cohort.tables import MAX_BYTES
from tests.page.conftest import KEYS, ORIGIN

ADDRESSES = ("/", "/files", "/alive", "/static/page.js", "/study/any/understand", "/no-such-page")


def refused(answer):
    return answer.status_code == 403 and not answer.content and "access-control-allow-origin" not in answer.headers


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get_and_leaves_the_address(stranger):
    answer = stranger.get("/?token=the-token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {f"{KEYS.cookie}={KEYS.secret}", "httponly", "samesite=strict", "path=/"} <= parts
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_the_token_every_address_is_refused(stranger, address):
    assert refused(stranger.get(address))
    assert refused(stranger.get(address, params={"token": "another"}))


@pytest.mark.parametrize("host", ["evil.example:8730", "localhost:8730", "127.0.0.1", "127.0.0.1:8731", ""])
def test_another_host_is_refused_although_the_cookie_is_right(client, host):
    assert refused(client.get("/", headers={"host": host, "cookie": f"{KEYS.cookie}={KEYS.secret}"}))


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8731", "https://127.0.0.1:8730"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_origin_is_refused_although_the_cookie_is_right(client, origin, method):
    assert refused(client.request(method, "/", headers={"origin": origin}))


def test_a_form_without_an_origin_is_refused(stranger):
    stranger.get("/?token=the-token")
    assert refused(stranger.post("/example"))


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_calls_a_request_of_another_site_is_refused(client, site):
    assert refused(client.get("/", headers={"sec-fetch-site": site}))


def test_every_answer_carries_a_policy_without_inline_script_or_style_and_is_not_kept(client):
    for address in ADDRESSES:
        headers = client.get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "unsafe" not in policy
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


def test_a_page_holds_no_inline_script_style_or_handler(client):
    text = client.get("/").text
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick" not in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    "address",
    [
        "/static/..%2fpages.py", "/static/%2e%2e/pages.py", "/static/%2fetc%2fpasswd", "/fonts/..%2freport.css",
        "/study/..%2f..%2fetc/understand", "/study/..%5c..%5cetc/understand", "/static/%00",
    ],
)  # fmt: skip
def test_an_address_leads_to_no_file_outside(client, address):
    assert client.get(address).status_code == 404


def test_an_upload_above_the_bound_is_refused_and_leaves_nothing(client, store):
    answer = client.post("/files?name=a.csv", content=b"x" * (MAX_BYTES + 1))
    assert answer.status_code == 413
    assert store.all() == []


def test_an_upload_that_hides_its_size_is_refused_too(client, store):
    async def parts():
        for _ in range(MAX_BYTES // 2**20 + 1):
            yield b"x" * 2**20

    sent = parts()
    answer = client.post("/files?name=a.csv", content=sent)
    client.wait_for(sent.aclose())
    assert answer.status_code == 413
    assert store.all() == []


def test_folders_and_the_secret_are_for_their_owner_alone(client, store):
    client.post("/files?name=cohort.csv", content=b"patient_id,kras\nP1,mutant\n")
    study = store.all()[0]
    assert [path.stat().st_mode & 0o777 for path in (store.home, study.folder, study.folder / "files")] == [0o700] * 3
    store.secret()
    assert (store.home / ".secret").stat().st_mode & 0o777 == 0o600


def test_the_name_of_an_upload_leads_nowhere_else(client, store):
    client.post("/files", params={"name": "../../../etc/x\u202e.csv"}, content=b"patient_id,kras\nP1,mutant\n")
    study = store.all()[0]
    assert study.file("data") == study.folder / "files" / "x_.csv"
    assert study.folder.parent == store.home


def test_a_study_is_deleted_only_when_that_is_confirmed(client, store):
    client.post("/files?name=cohort.csv", content=b"patient_id,kras\nP1,mutant\n")
    study = store.all()[0]
    assert client.post(f"/study/{study.name}/delete").status_code == 200
    assert study.folder.is_dir()
    client.post(f"/study/{study.name}/delete", data={"sure": "yes"})
    assert list(store.home.glob("*")) + list(store.home.glob(".cohort*")) == []


def test_the_own_origin_is_what_the_command_prints():
    assert KEYS.address == f"{ORIGIN}/?token=the-token"
