"""What every `SampleGenerator` promises, as tests. A subclass gives the fixture `made_generator`."""

from collections.abc import Callable

import pytest

from llm_engineering.application.datasets.generator import SampleGenerator
from llm_engineering.domain.samples import SampleKind
from tests.support.datasets import CONTRACT, extract

EXTRACTS = (
    extract("The analytical engine weaves patterns. It does so as the loom weaves flowers. No more.", "The engine"),
    extract("A loop of cards repeats its steps. Each turn begins anew.", "Loops of cards", document_id="two", start=40),
    extract("Numbers are not its only matter. Music would do as well.", "What it works on", document_id="three"),
)
MakeGenerator = Callable[[SampleKind], SampleGenerator]


@pytest.mark.anyio
@pytest.mark.parametrize("kind", SampleKind)
class SampleGeneratorContract:
    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def made_generator(self) -> MakeGenerator:
        raise NotImplementedError

    async def test_each_extract_gives_samples_that_name_it(
        self, made_generator: MakeGenerator, kind: SampleKind
    ) -> None:
        generator = made_generator(kind)
        made = await generator.generated(EXTRACTS)

        named = [
            (sample.provenance.source.document_id, sample.provenance.start, sample.provenance.end)
            for sample in made.samples
            if sample.provenance
        ]
        assert named == [("one", 0, 86), ("two", 40, 97), ("three", 0, 56)]
        for sample, each in zip(made.samples, EXTRACTS, strict=True):
            assert sample.provenance is not None
            assert sample.provenance.source == each.provenance
            assert sample.provenance.extract_hash == each.extract_hash
            assert sample.provenance.generator == generator.identity
            assert sample.provenance.contract_hash == CONTRACT
        assert made.dropped == ()

    async def test_samples_are_of_its_kind_without_a_side(
        self, made_generator: MakeGenerator, kind: SampleKind
    ) -> None:
        made = await made_generator(kind).generated(EXTRACTS)

        assert all(sample.kind is kind and sample.split is None for sample in made.samples)
        assert all(text.strip() for sample in made.samples for text in (sample.instruction, *sample.answers))

    async def test_the_good_answer_is_the_authors(self, made_generator: MakeGenerator, kind: SampleKind) -> None:
        made = await made_generator(kind).generated(EXTRACTS)

        for sample, each in zip(made.samples, EXTRACTS, strict=True):
            assert sample.answers[0] in each.text
        assert all(len(set(sample.answers)) == len(sample.answers) for sample in made.samples)

    async def test_ids_are_different_and_stay(self, made_generator: MakeGenerator, kind: SampleKind) -> None:
        first = await made_generator(kind).generated(EXTRACTS)
        second = await made_generator(kind).generated(EXTRACTS)

        assert len({sample.id for sample in first.samples}) == 3
        assert first.samples == second.samples

    async def test_each_extract_is_told_as_done(self, made_generator: MakeGenerator, kind: SampleKind) -> None:
        done: list[int] = []
        await made_generator(kind).generated(EXTRACTS, done.append)

        assert sum(done) == 3

    async def test_no_extracts_give_no_samples(self, made_generator: MakeGenerator, kind: SampleKind) -> None:
        made = await made_generator(kind).generated(())

        assert (made.samples, made.dropped) == ((), ())

    async def test_an_estimate_counts_and_asks_nobody(self, made_generator: MakeGenerator, kind: SampleKind) -> None:
        generator = made_generator(kind)
        estimate = await generator.estimate(EXTRACTS)

        assert (estimate.documents, estimate.extracts, estimate.from_store) == (3, 3, 0)
        assert estimate.generator == generator.identity
        assert "3 extracts of 3 documents" in estimate.sentence
