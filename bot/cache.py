"""What was learned, kept on disk under the content's hash: JSON and plain arrays, never a pickle."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from bot.content import Content
from bot.matching.classifier import DenseWeights, LinearModel, SparseWeights
from bot.matching.decision import Bands, Gate
from bot.matching.features import Extractor, Lexicon, Vocabulary
from bot.matching.model import Corpus, Kind, Model
from bot.matching.training import FORMAT, Fit, Trained

KEPT = 8


def place(folder: Path, key: str) -> Path:
    """Where the content of that hash is kept; another way of learning (FORMAT) has another place."""
    return folder / f"{key[:32]}-{FORMAT}"


def save(folder: Path, key: str, content: Content, trained: Trained, corpus: Corpus) -> None:
    """Keep what was learned. A folder that cannot be written is no error: it is learned again next time."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder, prefix=".draft-"))
    except OSError:
        return
    try:
        model = trained.model
        learned = {
            "classes": model.linear.classes,
            "kinds": {name: kind.value for name, kind in model.kinds.items()},
            "sharpness": model.linear.sharpness,
            "features": {family: list(known) for family, known in model.vocabulary.index.items()},
            "idf": list(model.vocabulary.idf),
            "families": dict(model.vocabulary.weights),
            "terms": dict(model.extractor.lexicon.terms),
            "pinyin": dict(model.extractor.pinyin),
            "gate": asdict(trained.gate),
            "bands": asdict(trained.bands),
            "fit": asdict(trained.fit),
            "texts": corpus.texts,
            "labels": corpus.labels,
        }
        (draft / "learned.json").write_text(json.dumps(learned, ensure_ascii=False), encoding="utf-8")
        (draft / "content.json").write_text(content.model_dump_json(by_alias=True), encoding="utf-8")
        arrays: dict[str, np.ndarray[Any, Any]] = {"bias": model.linear.bias}
        match model.linear.weights:
            case DenseWeights(matrix):
                arrays["dense"] = matrix
            case SparseWeights(starts, columns, weights):
                arrays |= {"starts": starts, "columns": columns, "weights": weights}
        for name, array in arrays.items():
            np.save(draft / f"{name}.npy", array, allow_pickle=False)
        # A whole folder appears at once: a reader never sees half of one, and the first of two writers wins.
        # What stands there could not be read, or it would not have been learned again.
        shutil.rmtree(place(folder, key), ignore_errors=True)
        draft.rename(place(folder, key))
        _prune(folder)
    except OSError:
        pass
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _prune(folder: Path) -> None:
    """Keep the contents learned last; an editor's every change would otherwise leave one behind."""
    kept = sorted((p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")), key=lambda p: p.stat().st_mtime)
    for old in kept[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def load(folder: Path, key: str) -> tuple[Content, Trained, Corpus] | None:
    """What was learned from the content of that hash; None when it is not there or cannot be read."""
    at = place(folder, key)
    try:
        learned = json.loads((at / "learned.json").read_bytes())
        content = Content.model_validate_json((at / "content.json").read_bytes())
        # Mapped, not read: only the rows of a message's features are ever touched.
        array = {p.stem: np.load(p, mmap_mode="r", allow_pickle=False) for p in at.glob("*.npy")}
        kinds = {name: Kind(kind) for name, kind in learned["kinds"].items()}
        corpus = Corpus(tuple(learned["texts"]), tuple(learned["labels"]), kinds)
        places = count()
        index = {family: dict(zip(names, places, strict=False)) for family, names in learned["features"].items()}
        vocabulary = Vocabulary(index, learned["idf"], learned["families"])
        weights = (
            DenseWeights(array["dense"]) if "dense" in array else SparseWeights(array["starts"], array["columns"], array["weights"])
        )
        linear = LinearModel(tuple(learned["classes"]), weights, np.asarray(array["bias"]), learned["sharpness"])
        extractor = Extractor(Lexicon.of(learned["terms"]), learned["pinyin"])
        model = Model(extractor, vocabulary, linear, kinds, corpus.by_class())
        gate = Gate(tuple(learned["gate"]["weights"]), learned["gate"]["bias"])
        return content, Trained(model, gate, Bands(**learned["bands"]), Fit(**learned["fit"])), corpus
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None
