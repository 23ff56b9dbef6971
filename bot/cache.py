"""What was read and what was learned, kept on disk: texts, JSON and plain arrays, never a pickle.

Content is kept under the hash of its files. What was learned is kept apart, under the hash of what it was learned from:
a change to an answer, a line or a source leaves it as it is."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bot.content import Content
from bot.entries import Part
from bot.matching.classifier import DenseWeights, LinearModel, SparseWeights
from bot.matching.decision import Bands, Gate
from bot.matching.features import Extractor, Lexicon, Vocabulary
from bot.matching.model import Corpus, Kind, Model
from bot.matching.spelling import Spelling
from bot.matching.training import FORMAT, Fit, Trained

KEPT = 8
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError)


class _Kept(Part):
    """Content, and the key of what was learned from it."""

    learned: str
    content: Content


def content_at(folder: Path, key: str) -> Path:
    """Where the content of files with that hash is kept."""
    return folder / "content" / f"{key[:32]}-{FORMAT}"


def learned_at(folder: Path, key: str) -> Path:
    """Where what was learned from texts with that hash is kept; another way of learning (FORMAT) has another place."""
    return folder / "learned" / f"{key[:32]}-{FORMAT}"


def source_key(corpus: Corpus, terms: Mapping[str, str]) -> str:
    """A hash of all that is learned from: texts, their classes and kinds, and the vocabulary."""
    told = json.dumps([corpus.texts, corpus.labels, list(corpus.kinds.items()), list(terms.items())])
    return hashlib.sha256(told.encode()).hexdigest()


def save_content(folder: Path, key: str, content: Content, learned: str) -> None:
    """Keep content and the key of what was learned from it."""
    kept = _Kept(learned=learned, content=content)
    _keep(content_at(folder, key), lambda draft: _write(draft / "content.json", kept.model_dump_json(by_alias=True)))


def load(folder: Path, key: str) -> tuple[Content, Trained] | None:
    """The content of files with that hash and what was learned from it; None when either is missing or cannot be read."""
    try:
        kept = _Kept.model_validate_json((content_at(folder, key) / "content.json").read_bytes())
    except _UNREADABLE:
        return None
    trained = load_learned(folder, kept.learned)
    return (kept.content, trained) if trained else None


def save_learned(folder: Path, key: str, trained: Trained) -> None:
    """Keep what was learned."""
    _keep(learned_at(folder, key), lambda draft: _write_learned(draft, trained))


def load_learned(folder: Path, key: str) -> Trained | None:
    """What was learned from texts with that hash; None when it is not there or cannot be read."""
    try:
        return _read_learned(learned_at(folder, key))
    except _UNREADABLE:
        return None


def _keep(place: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder at that place. One that cannot be written is no error: what was to be kept is made again next time."""
    try:
        # Each by itself: `parents` would give the folders above the usual mode.
        for folder in (place.parent.parent, place.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=place.parent, prefix=".draft-"))
    except OSError:
        return
    try:
        fill(draft)
        # A whole folder appears at once: a reader never sees half of one, and the first of two writers wins.
        # What stands there could not be read, or it would not have been made again.
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
        _prune(place.parent)
    except OSError:
        pass
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _prune(folder: Path) -> None:
    """Keep the last ones; an editor's every change would otherwise leave one behind."""
    kept = sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=lambda p: p.stat().st_mtime)
    for old in kept[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _write_learned(draft: Path, trained: Trained) -> None:
    model = trained.model
    index, lexicon, pinyin = model.vocabulary.index, model.extractor.lexicon, model.extractor.pinyin
    learned = {
        "classes": model.linear.classes,
        "sharpness": model.linear.sharpness,
        "features": {family: len(known) for family, known in index.items()},
        "families": dict(model.vocabulary.weights),
        "lexicon": {"terms": dict(lexicon.terms), "longest_han": lexicon.longest_han, "longest_latin": lexicon.longest_latin},
        "sounds": {"chars": "".join(pinyin), "read": " ".join(pinyin.values())},
        "common": "".join(model.spelling.common.values()),
        "gate": asdict(trained.gate),
        "bands": asdict(trained.bands),
        "fit": asdict(trained.fit),
        "kinds": {name: kind.value for name, kind in model.kinds.items()},
        "wordings": [len(model.wordings[name]) for name in model.kinds],
    }
    _write(draft / "learned.json", json.dumps(learned, ensure_ascii=False))
    # One a line: read many times faster than JSON.
    _write(draft / "features.txt", "\n".join(chain.from_iterable(index.values())))
    _write(draft / "wordings.txt", "\n".join(chain.from_iterable(model.wordings[name] for name in model.kinds)))
    arrays: dict[str, np.ndarray[Any, Any]] = {"idf": np.array(model.vocabulary.idf), "bias": model.linear.bias}
    match model.linear.weights:
        case DenseWeights(matrix):
            arrays["dense"] = matrix
        case SparseWeights(starts, columns, weights):
            arrays |= {"starts": starts, "columns": columns, "weights": weights}
    for name, array in arrays.items():
        np.save(draft / f"{name}.npy", array, allow_pickle=False)


def _read_learned(at: Path) -> Trained:
    learned = json.loads((at / "learned.json").read_bytes())
    # Mapped, not read: only the rows of a message's features are ever touched.
    array = {p.stem: np.asarray(np.load(p, mmap_mode="r", allow_pickle=False)) for p in at.glob("*.npy")}
    places = iter(range(len(array["idf"])))
    features = _parts(at / "features.txt", learned["features"].values())
    index = {
        family: dict(zip(names, islice(places, len(names)), strict=True))
        for family, names in zip(learned["features"], features, strict=True)
    }
    wordings = dict(zip(learned["kinds"], map(tuple, _parts(at / "wordings.txt", learned["wordings"])), strict=True))
    pinyin = dict(zip(learned["sounds"]["chars"], learned["sounds"]["read"].split(" "), strict=True))
    weights = (
        DenseWeights(array["dense"]) if "dense" in array else SparseWeights(array["starts"], array["columns"], array["weights"])
    )
    vocabulary = Vocabulary(index, array["idf"].tolist(), learned["families"])
    model = Model(
        Extractor(Lexicon(**learned["lexicon"]), pinyin),
        vocabulary,
        LinearModel(tuple(learned["classes"]), weights, array["bias"], learned["sharpness"]),
        {name: Kind(kind) for name, kind in learned["kinds"].items()},
        wordings,
        Spelling.among(learned["common"], vocabulary, pinyin),
    )
    gate = Gate(tuple(learned["gate"]["weights"]), learned["gate"]["bias"])
    return Trained(model, gate, Bands(**learned["bands"]), Fit(**learned["fit"]))


def _parts(path: Path, sizes: Sequence[int]) -> Iterator[list[str]]:
    """The lines of a file, cut into parts of these sizes. ValueError when there are not as many lines."""
    lines = path.read_bytes().decode().split("\n")
    ends = [0]
    for size in sizes:
        ends.append(ends[-1] + size)
    if ends[-1] != len(lines):
        raise ValueError(f"{path.name} was cut off")
    return (lines[start:end] for start, end in pairwise(ends))
