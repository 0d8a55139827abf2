"""A finished collection takes the place of the live one, also where the process dies in between."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from llm_engineering.application.index.building import UnfinishedCollectionError, noted_entry
from llm_engineering.application.index.catalog import (
    IndexCatalog,
    LiveIndexMismatchError,
    NoLiveIndexError,
    live_collection,
)
from llm_engineering.application.index.index_status import CollectionRole, index_status
from llm_engineering.application.index.switch_rule import Score, Switching, SwitchRule
from llm_engineering.application.index.switching import (
    NoPreviousCollectionError,
    SwitchReport,
    SwitchVerdict,
    rolled_back,
    switched_index,
)
from llm_engineering.domain.errors import StoreLockedError
from tests.support.catalogs import CatalogInMemory, DyingCatalog
from tests.support.dying_store import KilledError
from tests.support.switches import LETTERS, NOON, built, figures, noted

ALWAYS = Switching(switch=SwitchRule.ALWAYS)
NEVER = Switching(switch=SwitchRule.NEVER)


@pytest.fixture
def catalog() -> CatalogInMemory:
    return CatalogInMemory("twin")


@pytest.fixture
def blue(catalog: CatalogInMemory) -> str:
    """The live collection."""
    name = built(catalog, 10)
    catalog.switch(name)
    return name


@pytest.fixture
def green(catalog: CatalogInMemory, blue: str) -> str:
    """A complete collection beside the live one."""
    return built(catalog, 20)


def nobody(live: str, new: str) -> Sequence[str]:
    return ()


def switched(catalog: IndexCatalog, name: str, rule: Switching = ALWAYS, score: Score | None = None) -> SwitchReport:
    return switched_index(catalog, name, rule, missing_authors=nobody, score=score)


class TestSwitch:
    def test_the_first_collection_is_live_without_being_compared(self, catalog: CatalogInMemory) -> None:
        name = built(catalog, 10)
        report = switched(catalog, name, NEVER)
        assert (report.verdict, report.live, report.previous) == (SwitchVerdict.FIRST, name, None)
        assert catalog.live() == name

    def test_the_live_collection_stays_live(self, catalog: CatalogInMemory, blue: str) -> None:
        report = switched(catalog, blue)
        assert (report.verdict, report.changes) == (SwitchVerdict.UNCHANGED, ())

    def test_the_new_one_takes_its_place(self, catalog: CatalogInMemory, blue: str, green: str) -> None:
        report = switched(catalog, green)
        assert (report.verdict, report.live, report.previous) == (SwitchVerdict.SWITCHED, green, blue)
        assert [change.part for change in report.changes] == ["cutting"]
        assert (catalog.live(), catalog.previous()) == (green, blue)

    def test_a_worse_one_waits(self, catalog: CatalogInMemory, blue: str, green: str) -> None:
        score = {blue: figures([0.9] * 9), green: figures([0.5] * 9)}.__getitem__
        report = switched(catalog, green, Switching(), score)
        assert (report.verdict, report.live, report.new) == (SwitchVerdict.KEPT, blue, green)
        [ndcg, *_] = report.scores
        assert (ndcg.measure, ndcg.live, ndcg.new, ndcg.difference) == ("nDCG@10", 0.9, 0.5, -0.4)
        assert (ndcg.questions, ndcg.better, ndcg.worse) == (9, 0, 9)
        assert report.figures["scores"]["nDCG@10"] == {"live": 0.9, "new": 0.5, "difference": -0.4}
        assert catalog.live() == blue

    def test_one_that_was_never_complete_is_refused(self, catalog: CatalogInMemory, blue: str) -> None:
        half = built(catalog, 30, synced_at=None)
        with pytest.raises(UnfinishedCollectionError, match=half):
            switched(catalog, half)
        assert catalog.live() == blue


class TestDeletion:
    def test_the_previous_one_stays_and_older_ones_go(self, catalog: CatalogInMemory, blue: str, green: str) -> None:
        switched(catalog, green)
        red = built(catalog, 30)
        dropped: list[str] = []
        report = switched_index(
            catalog, red, ALWAYS, missing_authors=nobody, score=None, before_deleting=dropped.append
        )
        assert (report.previous, report.deleted, dropped) == (green, (blue,), [blue])
        assert set(catalog.names()) == {red, green}

    def test_more_can_be_kept_the_newest_ones(self, catalog: CatalogInMemory) -> None:
        names = [built(catalog, number, synced_at=NOON + timedelta(days=number)) for number in range(5)]
        for name in names:
            catalog.switch(name)
        newest = built(catalog, 5)
        report = switched(catalog, newest, Switching(switch=SwitchRule.ALWAYS, kept_collections=3))
        assert report.previous == names[4]
        assert set(report.deleted) == {names[0], names[1]}

    def test_nothing_goes_where_nothing_was_switched(self, catalog: CatalogInMemory, blue: str, green: str) -> None:
        switched(catalog, built(catalog, 30), NEVER)
        assert len(catalog.names()) == 3

    def test_one_that_somebody_reads_stays_until_the_next_switch(self, blue: str, catalog: CatalogInMemory) -> None:
        class ReadCatalog(CatalogInMemory):
            def delete(self, name: str) -> None:
                raise StoreLockedError(f"{name} is open.", remedy="Wait.")

        read = ReadCatalog("twin")
        for number in range(3):
            switched(read, built(read, number))
        assert len(read.names()) == 3


class TestRollback:
    def test_it_goes_back_and_forth(self, catalog: CatalogInMemory, blue: str, green: str) -> None:
        switched(catalog, green)
        assert rolled_back(catalog, NOON).live == blue
        assert (catalog.live(), catalog.previous()) == (blue, green)
        assert rolled_back(catalog, NOON).live == green
        assert noted_entry(catalog, green).rolled_back_at is None

    def test_the_next_run_does_not_undo_it(self, catalog: CatalogInMemory, blue: str, green: str) -> None:
        switched(catalog, green)
        rolled_back(catalog, NOON)
        assert switched(catalog, green, Switching()).verdict is SwitchVerdict.KEPT
        assert switched(catalog, green, ALWAYS).verdict is SwitchVerdict.SWITCHED
        assert noted_entry(catalog, green).rolled_back_at is None

    def test_there_may_be_nothing_to_go_back_to(self, catalog: CatalogInMemory, blue: str) -> None:
        with pytest.raises(NoPreviousCollectionError, match="'twin' at memory has no previous"):
            rolled_back(catalog, NOON)

    @pytest.mark.parametrize("writes", range(3))
    def test_killed_anywhere_one_of_both_is_live_and_again_completes(
        self, catalog: CatalogInMemory, blue: str, green: str, writes: int
    ) -> None:
        switched(catalog, green)
        noted(catalog, blue, 10, synced_at=NOON, rolled_back_at=NOON)
        with pytest.raises(KilledError):
            rolled_back(DyingCatalog(catalog, writes), NOON)
        assert catalog.live() == green
        assert rolled_back(catalog, NOON).live == blue


@pytest.mark.parametrize("writes", range(3))
def test_a_switch_that_was_killed_anywhere_is_whole_and_completes(
    catalog: CatalogInMemory, blue: str, green: str, writes: int
) -> None:
    # A mark to be taken off, the switch, and an old collection to be deleted: three writes.
    old = built(catalog, 30, synced_at=NOON - timedelta(days=1))
    noted(catalog, green, 20, synced_at=NOON, rolled_back_at=NOON)

    with pytest.raises(KilledError):
        switched(DyingCatalog(catalog, writes), green)

    assert catalog.live() == (green if writes == 2 else blue)
    assert {blue, green, old} == set(catalog.names())
    switched(catalog, green)
    assert (catalog.live(), catalog.previous()) == (green, blue)
    switched(catalog, built(catalog, 40))
    assert old not in catalog.names()


class TestLive:
    def test_an_index_that_is_not_there_says_how_to_build_it(self, catalog: CatalogInMemory) -> None:
        with pytest.raises(NoLiveIndexError, match=r"no index 'twin' at memory yet.*run-feature-engineering"):
            live_collection(catalog, LETTERS)

    def test_another_model_is_refused_with_both_remedies(self, catalog: CatalogInMemory, blue: str) -> None:
        asked = LETTERS.model_copy(update={"model": "words"})
        with pytest.raises(LiveIndexMismatchError, match=r"'letters' \(3 .* but 'words' .*build.*back to 'letters'"):
            live_collection(catalog, asked)
        assert live_collection(catalog, LETTERS) == blue


def test_the_status_names_roles_the_live_one_first(catalog: CatalogInMemory, blue: str, green: str) -> None:
    switched(catalog, green)
    half = built(catalog, 30, synced_at=None)
    waiting = built(catalog, 40, points=9)
    back = built(catalog, 50)
    noted(catalog, back, 50, synced_at=NOON, rolled_back_at=NOON)
    catalog.make("twin", LETTERS)

    status = index_status(catalog)

    assert [(each.role, each.name) for each in status[:2]] == [
        (CollectionRole.LIVE, green),
        (CollectionRole.PREVIOUS, blue),
    ]
    assert {each.name: each.role for each in status[2:]} == {
        half: CollectionRole.BUILDING,
        "twin": CollectionRole.BUILDING,
        waiting: CollectionRole.WAITING,
        back: CollectionRole.ROLLED_BACK,
    }
    [of_waiting] = [each for each in status if each.name == waiting]
    assert (of_waiting.points, of_waiting.made_at, of_waiting.synced_at) == (9, NOON, NOON)
    assert "cutting version 1, 40 to 256 tokens" in of_waiting.fingerprint
