"""Understanding in its parts: one spelling for everything, weights, bands, decisions, and learning them."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import Knowledge
from bot.matching.classifier import DenseWeights, LinearModel, SparseWeights
from bot.matching.decision import Ambiguous, Bands, Evidence, Gate, Match, NoMatch, decide
from bot.matching.features import Extractor, Lexicon, Vocabulary
from bot.matching.model import Corpus, Kind
from bot.matching.normalize import MAX_CHARS, clean, normalize, shorten, simplify, traditional
from bot.matching.segments import halves
from bot.matching.spelling import Spelling
from bot.matching.training import MOST_DISCRIMINATIVE, Budget, Trained, train
from bot.messages import Candidate

# --- one spelling ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        pytest.param("ＡＢＣ１２３", "abc123", id="full width"),
        pytest.param("①号", "1号", id="circled"),
        pytest.param("㎏", "kg", id="compatibility"),
        pytest.param("訂單沒發貨", "订单没发货", id="traditional"),
        pytest.param("保證金", "保证金", id="Taiwan"),
        pytest.param("订\u200b单\ufeff", "订单", id="zero width"),
        pytest.param("\u202e订单\u202c", "订单", id="right to left"),
        pytest.param("订单😀👍🏽怎么导", "订单怎么导", id="emoji"),
        pytest.param("👨‍👩‍👧", "", id="emoji only"),
        pytest.param("好好好好好", "好好", id="repeats"),
        pytest.param("10000", "10000", id="digits are no repeats"),
        pytest.param("!!!??", "", id="punctuation"),
        pytest.param("订单,怎么导", "订单怎么导", id="a comma between characters"),
        pytest.param("99.5元", "99.5元", id="a decimal point"),
        pytest.param("3.", "3", id="a full stop"),
        pytest.param("30%", "30%", id="percent"),
        pytest.param("￥588", "¥588", id="yuan"),
        pytest.param("Hello,  World!", "hello world", id="English"),
        pytest.param("\ud800订单\udfff", "订单", id="lone surrogates"),
        pytest.param("订单\x00\x07怎么", "订单怎么", id="control characters"),
        pytest.param("订 单", "订单", id="a space between characters"),
        pytest.param("怎么 export", "怎么 export", id="a space beside a word"),
        pytest.param(" \n\t", "", id="blank"),
    ],
)
def test_texts_are_compared_in_one_spelling(text: str, normal: str) -> None:
    assert normalize(text) == normal


@settings(deadline=None, max_examples=500)
@given(text=st.text(st.characters(), max_size=80))
def test_the_comparable_form_stays_as_it_is(text: str) -> None:
    once = normalize(text)
    assert once == once.strip()
    assert len(once) <= MAX_CHARS + 1
    once.encode("utf-8")
    assert normalize(once).replace(" ", "") == once.replace(" ", "")


@pytest.mark.parametrize("length", [MAX_CHARS + 1, 1000, 4000])
def test_of_a_long_message_beginning_and_end_are_compared(length: int) -> None:
    text = "头" + "".join(chr(0x4E00 + i % 5000) for i in range(length - 2)) + "尾"
    normal = normalize(text)
    assert len(normal) <= MAX_CHARS + 1
    assert normal[0] == simplify("头")
    assert normal[-1] == "尾"


def test_a_short_text_is_not_shortened() -> None:
    assert shorten("短", 1) == "短"
    assert shorten("abcdefghi", 6) == "ab fghi"


@pytest.mark.parametrize("text", ["订单发货", "帐号被限制", "后台", "面单", "干货"])
def test_scripts_go_there_and_back(text: str) -> None:
    assert simplify(traditional(text)) == text


def test_cleaning_keeps_lines_and_everything_that_can_be_read() -> None:
    assert clean("一\n二\t三") == "一\n二\t三"
    assert clean("plain ascii {{x}}") == "plain ascii {{x}}"
    assert clean("a\x00b\u200bc\ud800") == "a bc"


# --- spelling and segments -------------------------------------------------------------------------------------

PINYIN = {"保": "bao", "证": "zheng", "正": "zheng", "金": "jin", "今": "jin", "宝": "bao", "天": "tian"}


def spelling(*texts: str) -> Spelling:
    extractor = Extractor(Lexicon.of({}), PINYIN)
    return Spelling.of(Vocabulary.learn([extractor.features(t) for t in texts], {"c": 1.0}, 1), PINYIN)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param("保正金", "保证金", id="one wrong character"),
        pytest.param("交保正金", "交保证金", id="inside a text"),
        pytest.param("保证金", "保证金", id="nothing wrong"),
        pytest.param("今天", "今天", id="a known word that sounds alike"),
        pytest.param("宝正", "宝正", id="both characters wrong"),
        pytest.param("", "", id="nothing"),
        pytest.param("x", "x", id="one letter"),
    ],
)
def test_homophone_slips_are_read_as_the_common_word(wrong: str, right: str) -> None:
    assert spelling("保证金", "保证金多少", "今天").repair(wrong) == right


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("怎么导出订单，还有保证金会退吗", [("怎么导出订单", "保证金会退吗")], id="and"),
        pytest.param("电话多少？能撤销吗？", [("电话多少", "能撤销吗")], id="two question marks"),
        pytest.param("怎么导出订单", [], id="one question"),
        pytest.param("我上周买了东西，一直没到，怎么办", [], id="a story and one question"),
        pytest.param("怎么办？" * 60, [], id="a long story"),
        pytest.param("how to export, and what is the fee", None, id="English"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_message_is_cut_only_between_two_questions(text: str, parts: list[tuple[str, str]] | None) -> None:
    found = list(halves(text))
    if parts is None:
        assert found
    else:
        assert found == parts


# --- wordings --------------------------------------------------------------------------------------------------


def test_every_wording_finds_its_owner_exactly(knowledge: Knowledge) -> None:
    matcher = knowledge.matcher
    owned = [(texts[0], owner) for owner, texts in matcher.model.wordings.items()]
    for text, owner in owned:
        heard = matcher.match(text)
        assert heard.is_wording, text
        if owner in knowledge.entries:
            assert heard.decision == Match((owner,))
            assert heard.candidates[0] == Candidate(owner, 1.0)


@pytest.mark.parametrize(
    "text", ["怎么导出订单?", "怎么导出订单!!!", " 怎么导出订单 ", "怎麼導出訂單", "怎么导出订单😀", "怎么 导出 订单"]
)
def test_a_wording_is_recognized_in_any_dress(text: str, knowledge: Knowledge) -> None:
    heard = knowledge.matcher.match(text)
    assert heard.is_wording
    assert heard.decision == Match(("seller.order-export",))


def test_a_wording_with_a_slip_is_still_a_wording(knowledge: Knowledge) -> None:
    found = tried = 0
    for entry in knowledge.content.entries:
        wording = next(w for w in entry.wordings if len(normalize(w)) >= 18)
        heard = knowledge.matcher.match(wording[:8] + wording[9:])
        tried += 1
        found += heard.is_wording and heard.decision == Match((entry.id,))
    assert found >= 0.97 * tried


def test_examples_of_the_shipped_content_find_their_entry(knowledge: Knowledge) -> None:
    examples = [(e.id, text) for e in knowledge.content.entries for text in e.examples]
    first = sum(knowledge.matcher.match(text).candidates[0].entry == owner for owner, text in examples)
    among = sum(owner in [c.entry for c in knowledge.matcher.match(text).candidates[:3]] for owner, text in examples)
    assert first >= 0.9 * len(examples)
    assert among >= 0.96 * len(examples)


def test_entries_can_be_ranked_among_themselves(knowledge: Knowledge) -> None:
    names = ("seller.order-export", "buyer.complain-hotline", "nothing.of-the-kind")
    ranked = knowledge.matcher.rank("投诉电话", names)
    assert [c.entry for c in ranked] == ["buyer.complain-hotline", "seller.order-export"]
    assert sum(c.score for c in ranked) == pytest.approx(1)


def test_the_features_that_speak_for_an_entry_are_told(knowledge: Knowledge) -> None:
    features = knowledge.matcher.features("怎么导出订单", "seller.order-export", most=5)
    assert len(features) == 5
    assert [abs(f.weight) for f in features] == sorted((abs(f.weight) for f in features), reverse=True)
    assert any("导" in f.name for f in features)
    assert knowledge.matcher.features("怎么导出订单", "no.such-entry") == ()


# --- bands and gate --------------------------------------------------------------------------------------------

BANDS = Bands(threshold=0.7, ambiguity=0.4, signal=0.0)


@pytest.mark.parametrize(
    ("scores", "gap", "decision"),
    [
        pytest.param([0.9, 0.1], None, Match(("a",)), id="sure"),
        pytest.param([0.7, 0.1], None, Match(("a",)), id="just sure enough"),
        pytest.param([0.69, 0.5], None, Ambiguous(("a", "b")), id="not quite sure"),
        pytest.param([0.4, 0.3], None, Ambiguous(("a", "b")), id="just worth asking"),
        pytest.param([0.39, 0.3], None, NoMatch(None), id="not worth asking"),
        pytest.param([0.9, 0.1], "g", Match(("a",)), id="sure beside a gap"),
        pytest.param([0.5, 0.1], "g", NoMatch("g"), id="a gap is likelier"),
        pytest.param([0.1, 0.1], "g", NoMatch("g"), id="a gap and little else"),
        pytest.param([], None, NoMatch(None), id="nothing at all"),
    ],
)
def test_two_numbers_decide_between_three_bands(scores: Sequence[float], gap: str | None, decision: object) -> None:
    candidates = tuple(Candidate(name, score) for name, score in zip("ab", scores, strict=False))
    assert decide(candidates, gap, BANDS) == decision


def test_the_gate_is_a_probability_however_strange_the_evidence() -> None:
    gate = Gate(tuple(1000.0 for _ in Evidence._fields), -1.0)
    for value in (-1e9, 0.0, 1e9):
        assert 0.0 <= gate.sure(Evidence(*(value for _ in Evidence._fields))) <= 1.0


def test_the_shipped_bands_are_in_order(knowledge: Knowledge) -> None:
    bands = knowledge.matcher.bands
    assert 0 < bands.ambiguity <= bands.threshold < 1


def test_the_fit_keeps_the_budget(knowledge: Knowledge) -> None:
    budget = Budget()
    assert knowledge.fit.direct_wrong <= budget.wrong
    assert knowledge.fit.gaps_answered <= budget.gaps
    assert knowledge.fit.top3 >= knowledge.fit.top1
    assert knowledge.fit.direct_right + knowledge.fit.direct_wrong + knowledge.fit.asked <= 1.0001


# --- weights ---------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_dense_and_sparse_weights_give_the_same_scores(data: st.DataObject) -> None:
    features, classes = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    cell = st.sampled_from([0.0, 0.0, 0.5, -1.25, 3.0])
    row = st.lists(cell, min_size=classes, max_size=classes)
    matrix = np.array(data.draw(st.lists(row, min_size=features, max_size=features)))
    places = np.array(data.draw(st.lists(st.integers(0, features - 1), unique=True)), dtype=np.int32)
    value = st.sampled_from([0.25, 1.0, 2.0])
    values = np.array(data.draw(st.lists(value, min_size=len(places), max_size=len(places))), dtype=np.float32)
    rows, columns = np.nonzero(matrix)
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=features))))
    sparse = SparseWeights(starts.astype(np.int64), columns.astype(np.int32), matrix[rows, columns].astype(np.float32))
    dense = DenseWeights(matrix.astype(np.float16))
    names, bias = tuple(f"c{i}" for i in range(classes)), np.linspace(-1, 1, classes, dtype=np.float32)
    one, other = (LinearModel(names, weights, bias, 8.0).scores(places, values) for weights in (dense, sparse))
    np.testing.assert_allclose(one, other, atol=1e-5)
    for place in range(features):
        np.testing.assert_allclose(dense.row(place, classes), sparse.row(place, classes))


def test_shares_add_up_to_one_even_for_great_scores() -> None:
    model = LinearModel(("a", "b"), DenseWeights(np.zeros((1, 2), np.float16)), np.zeros(2, np.float32), 8.0)
    shares = model.probabilities(np.array([1e4, -1e4], dtype=np.float32))
    assert shares.sum() == pytest.approx(1)
    assert np.isfinite(shares).all()


# --- learning --------------------------------------------------------------------------------------------------

# A tenth of the classes is left out of every fold, and each fold is to be learned the way the whole is.
MANY = MOST_DISCRIMINATIVE * 7 // 6
CHARACTERS = [chr(0x4E00 + 7 * i) for i in range(1500)]


def corpus(classes: int, each: int, seed: int = 1) -> tuple[Corpus, list[tuple[str, str]]]:
    """Classes that each have a few words of their own amid common ones; and one held-out wording of each."""
    chance = random.Random(seed)
    common = ["怎么", "请问", "可以吗", "多少", "在哪里", "什么时候"]
    texts: list[str] = []
    labels: list[str] = []
    kinds: dict[str, Kind] = {}
    held_out: list[tuple[str, str]] = []
    for i in range(classes):
        name = f"entry.{i:04}"
        kinds[name] = Kind.GAP if i % 5 == 4 else Kind.ENTRY
        own = ["".join(chance.sample(CHARACTERS, 2)) for _ in range(4)]
        made = {chance.choice(common) + "".join(chance.sample(own, 2)) + chance.choice(common) for _ in range(3 * each)}
        wordings = sorted(made)[: each + 1]
        held_out.append((wordings[0], name))
        texts += wordings[1:]
        labels += [name] * (len(wordings) - 1)
    return Corpus(tuple(texts), tuple(labels), kinds), held_out


def learn(made: Corpus) -> Trained:
    return train(made, Extractor(Lexicon.of({}), {}), lambda what, done: None, Budget())


def found(trained: Trained, held_out: Sequence[tuple[str, str]]) -> float:
    """The share of held-out wordings whose class scores best."""
    right = sum(trained.model.read(text).top == name for text, name in held_out)
    return right / len(held_out)


def test_a_few_classes_are_learned_by_the_discriminative_model() -> None:
    made, held_out = corpus(30, 8)
    trained = learn(made)
    assert isinstance(trained.model.linear.weights, DenseWeights)
    assert found(trained, held_out) >= 0.9


def test_very_many_classes_are_learned_by_the_frequency_model() -> None:
    made, held_out = corpus(MANY, 6)
    trained = learn(made)
    assert isinstance(trained.model.linear.weights, SparseWeights)
    assert found(trained, held_out) >= 0.8
    assert 0 < trained.bands.ambiguity <= trained.bands.threshold < 1


def test_learning_many_classes_twice_gives_the_same() -> None:
    made, held_out = corpus(MANY, 4)
    one, other = learn(made), learn(made)
    assert (one.gate, one.bands, one.fit) == (other.gate, other.bands, other.fit)
    for text, _ in held_out[:40]:
        np.testing.assert_array_equal(one.model.read(text).scores, other.model.read(text).scores)


def test_learning_tells_how_far_it_is() -> None:
    told: list[float] = []
    made, _ = corpus(12, 5)
    train(made, Extractor(Lexicon.of({}), {}), lambda what, done: told.append(done), Budget())
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_english_words_and_initials_are_compared_as_the_term_they_stand_for() -> None:
    extractor = Extractor(Lexicon.of({"deposit": "保证金", "bzj": "保证金", "保证金": "保证金", "押金": "保证金"}), {})
    for text in ("my deposits", "bzj 多少", "deposit"):
        assert extractor.features(text)["l"]["保证金"] >= 1
        assert extractor.features(text)["c"]["保证"] == 1
    assert extractor.features("depository")["l"] == {}
    assert extractor.lexicon.concepts("押金和保证金") == ["保证金", "保证金"]


LEARNING = """
from bot.matching.features import Extractor, Lexicon
from bot.matching.model import Corpus, Kind
from bot.matching.training import SMALL, Budget, train
texts = tuple(f"第{n}句话说的是{n % 40}" for n in range(SMALL * 4))
labels = tuple(f"entry.{n % 40}" for n in range(SMALL * 4))
corpus = Corpus(texts, labels, {label: Kind.ENTRY for label in labels})
train(corpus, Extractor(Lexicon.of({}), {}), lambda what, done: None, Budget())
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds a process's children in /proc")
def test_learners_end_with_whoever_wanted_to_learn() -> None:
    parent = subprocess.Popen([sys.executable, "-c", LEARNING])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    _until(lambda: len(children.read_text().split()) == 2)
    learners = [Path(f"/proc/{pid}") for pid in children.read_text().split()]
    parent.kill()
    parent.wait()
    _until(lambda: not any(learner.exists() for learner in learners))


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last
        time.sleep(0.05)
