"""When the provider is asked, how often, and what is served when it does not answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.token_claims import ClaimsRule
from domain.token_errors import InvalidTokenError, KeysUnavailableError
from infra.tokens.jwks import JwksKeys
from infra.tokens.verifier import TokenVerifier
from testing.provider import AUDIENCE, ISSUER, NOW, JwksServer, SettableClock, SigningKey, jwks_server

OLD, NEW, STRANGER = SigningKey("ES256", "old"), SigningKey("ES256", "new"), SigningKey("ES256", "stranger")


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with jwks_server() as server:
        server.publish(OLD.jwk())
        yield server


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def verifier(server: JwksServer, clock: SettableClock) -> TokenVerifier:
    keys = JwksKeys(server.url, timeout_seconds=0.5, clock=clock)
    return TokenVerifier(keys, ClaimsRule(ISSUER, AUDIENCE))


def accepts(verifier: TokenVerifier, key: SigningKey) -> bool:
    return verifier.verify(key.token(), NOW).user_id == "alice"


def reason(verifier: TokenVerifier, key: SigningKey) -> str:
    with pytest.raises(InvalidTokenError) as caught:
        verifier.verify(key.token(), NOW)
    return caught.value.reason


def test_nothing_is_fetched_before_a_token_needs_a_key(server: JwksServer, verifier: TokenVerifier) -> None:
    for token in ("", "nonsense", "x" * 9000):
        with pytest.raises(InvalidTokenError):
            verifier.verify(token, NOW)

    assert server.paths == []


def test_many_tokens_cost_one_fetch(server: JwksServer, verifier: TokenVerifier) -> None:
    assert all(accepts(verifier, OLD) for _ in range(20))
    assert server.paths == ["/jwks.json"]


def test_a_flood_of_unknown_kids_from_many_threads_costs_one_early_fetch(
    server: JwksServer, verifier: TokenVerifier
) -> None:
    tokens = [STRANGER.token(headers={"kid": f"unknown-{number}"}) for number in range(1000)]

    def refused(token: str) -> str:
        with pytest.raises(InvalidTokenError) as caught:
            verifier.verify(token, NOW)
        return caught.value.reason

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(refused, tokens)) == {"unknown_key"}
    assert len(server.paths) == 2


def test_a_flood_while_the_provider_is_slow_waits_for_the_one_fetch(
    server: JwksServer, verifier: TokenVerifier
) -> None:
    server.delay = 0.1
    token = OLD.token()
    with ThreadPoolExecutor(16) as threads:
        users = set(threads.map(lambda _: verifier.verify(token, NOW).user_id, range(64)))

    assert users == {"alice"}
    assert len(server.paths) == 1


def test_unknown_kids_cost_one_fetch_per_30_seconds(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    for _ in range(10):
        clock.seconds += 10
        assert reason(verifier, STRANGER) == "unknown_key"

    assert len(server.paths) == 4


def test_a_token_without_kid_that_fits_no_single_key_is_such_an_unknown(
    server: JwksServer, verifier: TokenVerifier
) -> None:
    server.publish(OLD.jwk(), NEW.jwk())
    token = OLD.token(headers={"kid": None})
    for _ in range(3):
        with pytest.raises(InvalidTokenError, match="unknown_key"):
            verifier.verify(token, NOW)

    assert len(server.paths) == 1


def test_a_key_that_is_added_just_after_a_fetch_is_taken_at_once(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    assert accepts(verifier, OLD)
    server.publish(OLD.jwk(), NEW.jwk())
    clock.seconds += 1

    assert accepts(verifier, NEW) and accepts(verifier, OLD)
    assert len(server.paths) == 2


def test_after_the_early_fetch_the_provider_rests_for_30_seconds(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    assert accepts(verifier, OLD)
    clock.seconds += 29
    assert reason(verifier, STRANGER) == "unknown_key"  # the early fetch
    server.publish(OLD.jwk(), NEW.jwk())
    clock.seconds += 29.9
    assert reason(verifier, NEW) == "unknown_key"
    assert len(server.paths) == 2
    clock.seconds += 0.1

    assert accepts(verifier, NEW)


def test_each_change_of_the_keys_is_seen_early_once(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    for number in range(3):
        first, second = SigningKey("ES256", f"{number}-a"), SigningKey("ES256", f"{number}-b")
        server.publish(first.jwk())
        clock.seconds += 31
        assert accepts(verifier, first)
        server.publish(second.jwk())
        clock.seconds += 1
        assert accepts(verifier, second)


def test_a_provider_that_fails_is_not_asked_early(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    assert accepts(verifier, OLD)
    server.status = 503
    clock.seconds += 31
    for _ in range(5):
        assert reason(verifier, STRANGER) == "unknown_key"

    assert len(server.paths) == 2


def test_threads_that_miss_a_key_share_one_early_fetch(server: JwksServer, verifier: TokenVerifier) -> None:
    assert accepts(verifier, OLD)
    server.publish(OLD.jwk(), NEW.jwk())
    server.delay = 0.1
    token = NEW.token()
    with ThreadPoolExecutor(16) as threads:
        users = set(threads.map(lambda _: verifier.verify(token, NOW).user_id, range(64)))

    assert users == {"alice"}
    assert len(server.paths) == 2


def test_a_renewal_asks_past_caches_and_the_first_request_does_not(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    for _ in range(3):
        assert accepts(verifier, OLD)
        clock.seconds += 300

    assert [headers.get("Cache-Control") for headers in server.headers] == [None, "no-cache", "no-cache"]


def test_one_line_for_each_fetch_names_every_key_that_is_left_out(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    server.publish(OLD.jwk(), NEW.jwk(use="enc"), {"kty": "OKP", "kid": "ed\n" * 99})
    for _ in range(2):
        assert accepts(verifier, OLD) and accepts(verifier, OLD)
        clock.seconds += 300

    assert [record.message for record in caplog.records] == ["keys_left_out"] * 2
    first, second = caplog.records[0].__dict__["keys"]
    assert first == 'new: use "enc"'
    assert len(second) == 160 and second.startswith(r"ed\ned\n")


def test_a_key_set_of_which_all_is_used_leaves_no_line(
    verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    assert accepts(verifier, OLD)
    assert caplog.records == []


def test_a_discovery_document_is_named_with_the_address_to_use(server: JwksServer, verifier: TokenVerifier) -> None:
    server.document = b'{"issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/keys"}'

    with pytest.raises(KeysUnavailableError, match=r"discovery document; set JwksUrl to https://id\.example\.com/keys"):
        verifier.verify(OLD.token(), NOW)
    assert server.paths == ["/jwks.json"]


def test_a_withdrawn_key_is_forgotten_when_the_keys_are_fetched_again(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    assert accepts(verifier, OLD)
    server.publish(NEW.jwk())
    clock.seconds += 299
    assert accepts(verifier, OLD) and len(server.paths) == 1
    clock.seconds += 1

    assert reason(verifier, OLD) == "unknown_key"
    assert len(server.paths) == 2


def test_a_provider_that_withdraws_every_key_is_believed(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    assert accepts(verifier, OLD)
    server.publish()
    clock.seconds += 300

    assert reason(verifier, OLD) == "unknown_key"


@pytest.mark.parametrize("failure", ["status", "nonsense", "too large", "drip", "silence", "redirect"])
def test_while_the_provider_fails_known_keys_serve_for_an_hour_and_no_longer(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock, failure: str
) -> None:
    assert accepts(verifier, OLD)
    fail(server, failure)

    for seconds in (300, 3299):
        clock.seconds += seconds
        assert accepts(verifier, OLD)
    clock.seconds += 1
    assert reason(verifier, OLD) == "keys_unavailable"
    clock.seconds += 30
    recover(server)
    assert accepts(verifier, OLD)


def fail(server: JwksServer, failure: str) -> None:
    if failure == "status":
        server.status = 503
    elif failure == "nonsense":
        server.document = b"<html>Maintenance</html>"
    elif failure == "too large":
        server.document = b'{"keys": [' + b" " * 256 * 1024 + b"]}"
    elif failure == "drip":
        server.drip = 0.05
    elif failure == "silence":
        server.delay = 60
    elif failure == "redirect":
        server.status, server.location = 302, server.url + "?moved"


def recover(server: JwksServer) -> None:
    server.status, server.location, server.delay, server.drip = 200, "", 0.0, 0.0
    server.publish(OLD.jwk())


def test_a_renewal_that_fails_leaves_a_line_while_older_keys_serve(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    assert accepts(verifier, OLD)
    server.status = 503
    clock.seconds += 300
    assert accepts(verifier, OLD) and accepts(verifier, OLD)

    [line] = caplog.records
    assert (line.message, line.__dict__["problem"]) == ("keys_not_renewed", "status 503")


def test_a_redirect_is_not_followed(server: JwksServer, verifier: TokenVerifier) -> None:
    with jwks_server() as elsewhere:
        elsewhere.publish(OLD.jwk())
        server.status, server.location = 302, elsewhere.url

        with pytest.raises(KeysUnavailableError, match="status 302"):
            verifier.verify(OLD.token(), NOW)
        assert elsewhere.paths == []


def test_a_provider_that_is_down_is_asked_once_per_30_seconds(
    server: JwksServer, verifier: TokenVerifier, clock: SettableClock
) -> None:
    server.status = 500
    for _ in range(5):
        assert reason(verifier, OLD) == "keys_unavailable"
    assert len(server.paths) == 1

    server.status = 200
    clock.seconds += 30
    assert accepts(verifier, OLD)


def test_the_error_names_the_host_and_what_went_wrong(clock: SettableClock) -> None:
    with jwks_server() as gone:
        url = gone.url
    verifier = TokenVerifier(JwksKeys(url, clock=clock), ClaimsRule(ISSUER, AUDIENCE))

    for _ in range(2):
        with pytest.raises(KeysUnavailableError) as caught:
            verifier.verify(OLD.token(), NOW)
        assert caught.value.evidence == {"host": url.split("/")[2], "problem": "ConnectionRefusedError"}


def test_keys_serve_as_many_algorithms_as_the_provider_has(server: JwksServer, verifier: TokenVerifier) -> None:
    rsa = SigningKey("RS256", "rsa")
    server.publish(OLD.jwk(), rsa.jwk())

    assert accepts(verifier, OLD) and accepts(verifier, rsa)


@pytest.mark.parametrize("seconds", [0, -1, 3.1])
def test_a_time_out_over_3_seconds_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError):
        JwksKeys("https://id.example.com/", timeout_seconds=seconds)
