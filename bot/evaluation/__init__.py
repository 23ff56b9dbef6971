"""How well the assistant understands: a file of questions is asked, each reply is judged, the figures are reported."""

from bot.evaluation.asked import Asked, Scope, read_asked
from bot.evaluation.judged import Judged, Verdict, evaluate
from bot.evaluation.report import CurvePoint, Figures, Pair, Report, Share, TagFigures, summarize

__all__ = [
    "Asked",
    "CurvePoint",
    "Figures",
    "Judged",
    "Pair",
    "Report",
    "Scope",
    "Share",
    "TagFigures",
    "Verdict",
    "evaluate",
    "read_asked",
    "summarize",
]
