"""The whole dialogue policy, pure: what was said, what is remembered, what is known and the time give one turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.calculators import Outcome
from bot.context import ELLIPTIC, choose, follow_up, still_known
from bot.conversation import Conversation, Form, FormState
from bot.entries import Entry, SignalKind
from bot.forms import (
    Asking,
    Computed,
    Redirected,
    Step,
    asked_of,
    buttons,
    card_of,
    fill_form,
    is_for,
    open_form,
    problem_text,
    slot_text,
)
from bot.knowledge import Knowledge
from bot.matching.decision import Ambiguous, Heard, Match, NoMatch
from bot.matching.matcher import OPTIONS, Understanding
from bot.matching.normalize import clean, normalize
from bot.messages import Act, Action, Asked, Button, Card, Reply, Utterance
from bot.privacy import HIDDEN, hide
from bot.replies import Voice, script_of

# While a form is open only a message this sure (of the way from threshold to certain) is a new question.
SURER = 0.5
RELATED = 3
# "好,帮我算" takes an offer up; "不对" after a result opens it again.
_REOPENS = {FormState.OFFERED: SignalKind.YES, FormState.DONE: SignalKind.NO}
SHOWN_KEPT = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """A reply and what is remembered after it."""

    reply: Reply
    conversation: Conversation


def respond(utterance: Utterance, conversation: Conversation, knowledge: Knowledge, now: datetime) -> Turn:
    """The reply to what was said."""
    return _policy(utterance, conversation, knowledge, now).turn()


def pass_on(utterance: Utterance, conversation: Conversation, knowledge: Knowledge, now: datetime) -> Turn:
    """The reply while a person has the conversation: the message is passed on, unless it asks the bot to go on."""
    return _policy(utterance, conversation, knowledge, now).pass_on()


def _policy(utterance: Utterance, conversation: Conversation, knowledge: Knowledge, now: datetime) -> _Policy:
    # Personal numbers reach neither the state nor a reply that quotes.
    text = hide(clean(utterance.text)).strip()
    script = utterance.script or script_of(text, conversation.script)
    role = utterance.role.value if utterance.role else None
    before = replace(still_known(conversation, knowledge), script=script, turns=conversation.turns + 1)
    return _Policy(text, role, before, knowledge, Voice(knowledge, now, script), now, utterance.calculate)


@dataclass(frozen=True)
class _Policy:
    """One message being answered. Methods return a turn, or None when they have nothing to say to it."""

    text: str
    role: str | None
    before: Conversation
    knowledge: Knowledge
    voice: Voice
    now: datetime
    calculate: str | None = None

    def turn(self) -> Turn:
        if not normalize(self.text):
            line = "hidden" if HIDDEN in self.text else "unreadable" if self.text else "empty"
            return self._say(Act.FALLBACK, self.voice.line(line), form=self.before.form, resume=True)
        heard = self.knowledge.matcher.match(self.text, self.role)
        if (chosen := self._calculator(heard)) is not None:
            return chosen
        kind = self._signal_kind(heard)
        if kind is SignalKind.HANDOFF:
            return self._hand_over(heard, "handoff")
        return (
            self._choice(heard)
            or self._erasing(kind)
            or self._privacy(heard, kind)
            or self._form(heard, kind)
            or self._follow_up(heard)
            or self._signal(heard, kind)
            or self._question(heard)
        )

    def pass_on(self) -> Turn:
        back = self.voice.line("back_to_bot")
        if normalize(self.text) == normalize(back):
            return self._say(Act.SMALLTALK, self.voice.line("back"), form=self.before.form, resume=True)
        reply = self.voice.reply(Act.HANDOFF, self.voice.line("passed_on"), options=(Button(back, says=back),))
        return Turn(reply, self.before)

    # --- choices -----------------------------------------------------------------------------------------------

    def _choice(self, heard: Understanding) -> Turn | None:
        """One of the options offered last, by number, by its words, or by a paraphrase."""
        options = self.before.options
        chosen = choose(self.text, heard, options, self.knowledge)
        if chosen is None:
            return None
        if isinstance(chosen, int):
            body = self.voice.line("no_such_option", number=chosen)
            return self._say(Act.CLARIFY, body, options=options, keep=True, form=self.before.form)
        if chosen.entry:
            # Chosen from what was offered after "没解决": if this does not help either, a person is next.
            return self._answer((chosen.entry,), heard, asked=self.before.question, unsolved=self.before.unsolved)
        said = replace(self.before, options=())
        return replace(self, text=chosen.says or chosen.label, before=said).turn()

    # --- the customer's own data -------------------------------------------------------------------------------

    def _privacy(self, heard: Understanding, kind: SignalKind | None) -> Turn | None:
        """What is kept of the customer: given at once, deleted when they have confirmed it."""
        form = self.before.form
        match kind:
            case SignalKind.EXPORT:
                body = self.voice.line("export")
                return self._say(Act.SMALLTALK, body, heard=heard, form=form, resume=True, action=Action.EXPORT)
            case SignalKind.ERASE:
                labels = (self.voice.line("erase_yes"), self.voice.line("erase_no"))
                options = [Button(label, says=label) for label in labels]
                turn = self._say(Act.CLARIFY, self.voice.line("erase"), heard=heard, form=form, options=options, keep=True)
                return replace(turn, conversation=replace(turn.conversation, erasing=True))
            case _:
                return None

    def _erasing(self, kind: SignalKind | None) -> Turn | None:
        """The customer was asked whether everything shall be deleted: yes, no, or something else altogether."""
        if not self.before.erasing:
            return None
        said = normalize(self.text)
        if kind is SignalKind.YES or said == normalize(self.voice.line("erase_yes")):
            erased = self._say(Act.SMALLTALK, self.voice.line("erased"), action=Action.ERASED)
            return replace(erased, conversation=Conversation(script=self.before.script))
        if kind in (SignalKind.NO, SignalKind.CANCEL) or said == normalize(self.voice.line("erase_no")):
            return self._say(Act.SMALLTALK, self.voice.line("not_erased"), form=self.before.form)
        return None

    # --- forms -------------------------------------------------------------------------------------------------

    def _form(self, heard: Understanding, kind: SignalKind | None) -> Turn | None:
        form = self.before.form
        if form is None:
            return None
        if kind is SignalKind.CANCEL and (heard.is_wording or not heard.text.isascii()):
            title = self.knowledge.content.calculators[form.calculator].title
            asking = form.state is FormState.ASKING
            body = self.voice.line("cancelled", title=title) if asking else self.voice.line("nothing_to_cancel")
            return self._say(Act.SMALLTALK, body, form=None)
        if form.state is FormState.ASKING:
            return self._asked(form, heard, kind)
        if kind is not None and heard.is_wording:
            step = None  # 666 after a result is praise, not an amount
        else:
            step = fill_form(form, self.text, self.knowledge, self.now) if is_for(form, self.text) else None
        if step is None and form.asked and kind is _REOPENS[form.state]:
            return self._ask(replace(form, state=FormState.ASKING), heard, None)
        if step is None or self._new_question(heard, form):
            return None
        if isinstance(step, Asking) and step.problem and not isinstance(heard.decision, Ambiguous | NoMatch):
            return None  # a question with a number in it that this calculator cannot use
        return self._take(step, heard)

    def _asked(self, form: Form, heard: Understanding, kind: SignalKind | None) -> Turn | None:
        """The form waits for a value: the message is one, or a question of its own, or neither."""
        step = fill_form(form, self.text, self.knowledge, self.now)
        usable = isinstance(step, Computed | Redirected) or (isinstance(step, Asking) and step.problem is None)
        if self._new_question(heard, form) and not (usable and is_for(form, self.text)):
            return None
        if step and usable:
            return self._take(step, heard)
        # What merely resembles small talk (abc) was meant as the value asked for.
        if kind is SignalKind.UNSOLVED or (kind is SignalKind.SMALLTALK and (heard.is_wording or not heard.text.isascii())):
            return None
        if isinstance(step, Asking):
            return self._ask(step.form, heard, self._problem(step))
        if (follow_up := self._follow_up(heard)) is not None:
            return follow_up
        tried = replace(form, tries=form.tries + 1)
        return self._ask(tried, heard, self.voice.line("not_understood"))

    def _new_question(self, heard: Understanding, form: Form) -> bool:
        """Whether the message is sure enough of another entry to leave the form for it."""
        match heard.decision:
            case Match(entries):
                bar = self.knowledge.matcher.bands.threshold
                surer = bar + (1 - bar) * SURER if form.state is FormState.ASKING else bar
                return form.entry not in entries and heard.candidates[0].score >= surer
            case NoMatch(gap):
                return gap is not None and len(heard.text) > ELLIPTIC
            case _:
                return False

    def _calculator(self, heard: Understanding) -> Turn | None:
        """The calculator that was chosen by a button, from its first question."""
        entry = self.knowledge.entries.get(self.calculate or "")
        rule = self.knowledge.calculator(entry.calculator) if entry else None
        if entry is None or rule is None:
            return None
        form = Form(entry.id, rule.name, FormState.ASKING, dict(entry.given))
        missing = rule.missing(form.values)
        # A rule that needs nothing has nothing to be asked for: its entry answers.
        return self._ask(replace(form, asked=missing.name), heard, None) if missing else self._answer((entry.id,), heard)

    def _take(self, step: Step, heard: Understanding) -> Turn:
        match step:
            case Computed(form, outcome):
                body = self.voice.outcome(outcome)
                options = self._related((form.entry,))
                card = self._card(form, body)
                return self._say(
                    Act.ANSWER, body, heard=heard, entries=(form.entry,), outcome=outcome, options=options, form=form, card=card
                )
            case Redirected(entry, form):
                return self._answer((entry,), heard, offered=form)
            case Asking(form):
                return self._ask(form, heard, self._problem(step))

    def _problem(self, asking: Asking) -> str | None:
        return problem_text(asking.problem, asking.form, self.knowledge, self.voice) if asking.problem else None

    def _ask(self, form: Form, heard: Understanding, problem: str | None, rule: str = "") -> Turn:
        prompt = slot_text(form, self.knowledge).prompt
        if problem:
            prompt = self.voice.line("stuck" if form.tries > 2 else "retry", problem=problem, prompt=prompt)
        options = buttons(form, self.knowledge)
        return self._say(
            Act.ASK,
            rule,
            prompt=prompt,
            heard=heard,
            entries=(form.entry,),
            calculator=form.calculator,
            options=options,
            form=form,
            keep=bool(options),
            asked=asked_of(form, self.knowledge, self.voice),
        )

    def _card(self, form: Form, body: str) -> Card:
        return card_of(form, body, self.knowledge, self.voice)

    # --- signals and follow-ups --------------------------------------------------------------------------------

    def _signal_kind(self, heard: Understanding) -> SignalKind | None:
        if not isinstance(heard.decision, Heard):
            return None
        # 88 says goodbye and 6666 is praise; any other bare number only looks like them.
        if not heard.is_wording and len(set(heard.text)) > 1 and not any(c.isalpha() for c in heard.text):
            return None
        return self.knowledge.signals[heard.decision.signal].kind

    def _signal(self, heard: Understanding, kind: SignalKind | None) -> Turn | None:
        match kind:
            case None:
                return None
            case SignalKind.SMALLTALK:
                assert isinstance(heard.decision, Heard)
                body = self.voice.small_talk(self.knowledge.signals[heard.decision.signal], self.before.turns)
                return self._say(Act.SMALLTALK, body, heard=heard, form=self.before.form, resume=True)
            case SignalKind.UNSOLVED:
                return self._unsolved(heard)
            case SignalKind.CANCEL:
                return self._say(Act.SMALLTALK, self.voice.line("nothing_to_cancel"), heard=heard)
            case _:
                return self._say(Act.SMALLTALK, self.voice.line("nothing_to_answer"), heard=heard, form=self.before.form)

    def _unsolved(self, heard: Understanding) -> Turn:
        """The last answer did not help: first the nearest others, then a person."""
        if self.before.unsolved:
            return self._hand_over(heard, "unsolved_again")
        others = self._alternatives()
        options = (*(self.voice.entry_button(e) for e in others), self.voice.person()) if others else (self.voice.person(),)
        body = self.voice.line("unsolved" if others else "unsolved_empty")
        return self._say(Act.CLARIFY, body, heard=heard, options=options, keep=True, unsolved=1, form=self.before.form)

    def _alternatives(self) -> tuple[str, ...]:
        found: list[str] = []
        if self.before.question:
            found += [c.entry for c in self.knowledge.matcher.match(self.before.question, self.role).candidates]
        if self.before.topic:
            found += self.knowledge.entries[self.before.topic].related
        return tuple(e for e in dict.fromkeys(found) if e not in self.before.shown)[:RELATED]

    def _follow_up(self, heard: Understanding) -> Turn | None:
        """A short question that leaves the subject out, read with the entry just answered."""
        meant = follow_up(self.text, heard, self.before.topic, self.knowledge, self.role)
        return self._answer((meant,), heard) if meant else None

    # --- questions ---------------------------------------------------------------------------------------------

    def _question(self, heard: Understanding) -> Turn:
        match heard.decision:
            case Match(entries):
                return self._answer(entries, heard)
            case Ambiguous(entries):
                options = tuple(self.voice.entry_button(e) for e in entries[:OPTIONS])
                return self._say(
                    Act.CLARIFY, self.voice.line("clarify"), heard=heard, options=options, keep=True, form=self.before.form
                )
            case NoMatch(gap) if gap:
                return self._gap(gap, heard)
            case _:
                return self._fallback(heard)

    def _answer(
        self, entries: Sequence[str], heard: Understanding, *, asked: str = "", offered: Form | None = None, unsolved: int = 0
    ) -> Turn:
        """Answer one entry or two; a calculator works with what the message (or the one `asked` before a choice) holds,
        asks, or is only offered."""
        found = [self.knowledge.entries[e] for e in entries]
        steps = [offered or open_form(e, asked or self.text, self.knowledge, self.now) for e in found]
        if len(found) == 1 and isinstance(steps[0], Asking):
            step = steps[0]
            return self._ask(step.form, heard, self._problem(step), rule=self.voice.answer(found[0]))
        computed = next((s for s in steps if isinstance(s, Computed)), None)
        bodies = [self._body(entry, step) for entry, step in zip(found, steps, strict=True)]
        if len(found) > 1:
            bodies = [f"{self.voice.line('heading', question=e.question)}\n{b}" for e, b in zip(found, bodies, strict=True)]
        form = computed.form if computed else next((s for s in steps if isinstance(s, Form)), None)
        waiting = self.before.form if self.before.form and self.before.form.state is FormState.ASKING else None
        return self._say(
            Act.ANSWER,
            "\n\n".join(bodies),
            heard=heard,
            entries=tuple(entries),
            outcome=computed.outcome if computed else None,
            card=self._card(computed.form, self.voice.outcome(computed.outcome)) if computed else None,
            options=self._related(entries),
            form=waiting or form,
            resume=waiting is not None and waiting.entry not in entries,
            unsolved=unsolved,
        )

    def _body(self, entry: Entry, step: Step | Form | None) -> str:
        return self.voice.outcome(step.outcome) if isinstance(step, Computed) else self.voice.answer(entry)

    def _related(self, entries: Sequence[str]) -> tuple[Button, ...]:
        related = dict.fromkeys(r for e in entries for r in self.knowledge.entries[e].related)
        return tuple(self.voice.entry_button(r) for r in related if r not in entries)[:RELATED]

    def _gap(self, name: str, heard: Understanding) -> Turn:
        gap = self.knowledge.gaps[name]
        about = (self.voice.script is self.voice.script.ENGLISH and gap.about_en) or gap.about
        nearest = dict.fromkeys(gap.nearest)
        options = tuple(self.voice.entry_button(e) for e in nearest)[:RELATED]
        body = self.voice.line("gap", about=about, options=options)
        return self._say(
            Act.FALLBACK, body, heard=heard, gap=name, options=(*options, self.voice.person()), keep=True, form=self.before.form
        )

    def _fallback(self, heard: Understanding) -> Turn:
        likely = [c.entry for c in heard.candidates if c.score >= self.knowledge.matcher.bands.ambiguity / 2][:RELATED]
        options = tuple(self.voice.entry_button(e) for e in likely)
        body = self.voice.line("fallback_again" if self.before.misses else "fallback", options=options)
        if self.before.misses:
            options = (*options, self.voice.person())
        misses = self.before.misses + 1
        return self._say(Act.FALLBACK, body, heard=heard, options=options, keep=True, form=self.before.form, misses=misses)

    def _hand_over(self, heard: Understanding, line: str) -> Turn:
        return self._say(Act.HANDOFF, self.voice.line(line), heard=heard)

    # --- the turn ----------------------------------------------------------------------------------------------

    def _say(
        self,
        act: Act,
        body: str,
        *,
        heard: Understanding | None = None,
        entries: tuple[str, ...] = (),
        form: Form | None = None,
        options: Sequence[Button] = (),
        prompt: str = "",
        resume: bool = False,
        keep: bool = False,
        misses: int = 0,
        unsolved: int = 0,
        gap: str | None = None,
        outcome: Outcome | None = None,
        calculator: str | None = None,
        asked: Asked | None = None,
        card: Card | None = None,
        action: Action | None = None,
    ) -> Turn:
        """The turn: the reply, and what is remembered. `keep` keeps the options to choose from, `resume` reminds of an
        open form, `form` is the one that stays open."""
        waiting = form if resume and form and form.state is FormState.ASKING else None
        reply = self.voice.reply(
            act,
            body,
            entries=entries,
            candidates=heard.candidates if heard else (),
            gap=gap,
            outcome=outcome,
            calculator=calculator,
            options=options,
            prompt=self._resume(waiting) if waiting else prompt,
            asked=asked_of(waiting, self.knowledge, self.voice) if waiting else asked,
            card=card,
            action=action,
        )
        before = self.before
        is_question = act in (Act.ANSWER, Act.ASK, Act.CLARIFY, Act.FALLBACK) and not unsolved
        after = replace(
            before,
            topic=entries[-1] if entries else before.topic,
            question=self.text if is_question else before.question,
            shown=(*before.shown, *(entries if act is Act.ANSWER else ()))[-SHOWN_KEPT:],
            form=form,
            options=tuple(options) if keep else (),
            misses=misses,
            unsolved=unsolved,
            erasing=False,
        )
        return Turn(reply, after)

    def _resume(self, form: Form) -> str:
        texts = self.knowledge.content.calculators[form.calculator]
        slot = slot_text(form, self.knowledge)
        return self.voice.line("resume", title=texts.title, label=slot.label, prompt=slot.prompt)
