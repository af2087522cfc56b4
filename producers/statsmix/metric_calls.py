"""StatsMix's calls that make, change and delete metrics."""

from functools import partial

from fastapi import APIRouter, Request, Response

from producers.admin.stats import StatChanges, StatCommands
from producers.statsmix import posts
from producers.statsmix.dispatcher import Call, Dispatcher
from producers.statsmix.intake import Intake
from producers.statsmix.reasons import Reason, Rejection
from producers.statsmix.resource_router import resource_router
from producers.web.questions import Questions
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import Metric, metric_of
from tilde.domain.catalog.state import Catalog
from tilde.domain.stats.metrics import Kind
from tilde.web.parameters import Fields, sent

_TAKEN = ("name", "profile_id", "sharing", "include_in_email", "url", "format")
_ON_OFF = {"1": True, "0": False, "true": True, "false": False}
_SHARING = {"public": True, "none": False}


def router(dispatcher: Dispatcher, metrics: "MetricCommands") -> APIRouter:
    """The routes."""
    return resource_router("metrics", "{id_}", "a metric", _MetricCalls(dispatcher, metrics), _TAKEN, "name")


class _MetricCalls:
    """What each route does."""

    def __init__(self, dispatcher: Dispatcher, metrics: "MetricCommands") -> None:
        self._dispatcher = dispatcher
        self._metrics = metrics

    async def create(self, request: Request) -> Response:
        """`name` is needed, and new in its profile. `sharing` is `public` or `none`, `include_in_email` 1 or 0."""
        return await self._dispatcher.answer(request, self._create)

    async def _create(self, call: Call) -> Told:
        return told(call.form, await self._metrics.create(call))

    async def change(self, request: Request, id_: str) -> Response:
        """What is not sent stays."""
        return await self._dispatcher.answer(request, partial(self._change, bare(id_)))

    async def _change(self, id_: str, call: Call) -> Told:
        return told(call.form, await self._metrics.change(id_, call))

    async def delete(self, request: Request, id_: str) -> Response:
        """Puts it in the trash for 48 hours, and answers it as it was."""
        return await self._dispatcher.answer(request, partial(self._delete, bare(id_)))

    async def _delete(self, id_: str, call: Call) -> Told:
        return told(call.form, await self._metrics.delete(id_, call))


class MetricCommands:
    """Carries out the calls about metrics. Each raises what `Carry` may."""

    def __init__(self, intake: Intake, catalog: Catalog, commands: StatCommands, questions: Questions) -> None:
        self._intake = intake
        self._catalog = catalog
        self._commands = commands
        self._questions = questions

    async def create(self, call: Call) -> Metric:
        """Makes a metric before its first stat."""
        profile, name = self._intake.profile_of(call.account, call.fields), posts.name_of(call.fields)
        settings = _settings_of(call.fields)
        metric = await self._commands.create_unposted(profile.id, Kind.COUNTER, name, settings, spreads=False)
        created_ms = self._catalog.stat(profile.id, metric).created_ms or self._intake.now().ms
        return self._shown(call, profile.id, metric, name, created_ms)

    async def change(self, id_: str, call: Call) -> Metric:
        """Renames a metric, or says something else of it."""
        before = await self._found(id_, call)
        name = None if sent(call.fields, "name") is None else posts.name_of(call.fields)
        settings = _settings_of(call.fields)
        changes = StatChanges(name, settings.is_public, settings.in_email, settings.url)
        if not changes.is_nothing:
            await self._commands.change(before.profile_id, before.id, changes, spreads=False)
        return self._shown(call, before.profile_id, before.id, name or before.name, before.created_ms)

    async def delete(self, id_: str, call: Call) -> Metric:
        """Deletes a metric, and returns it as it was."""
        before = await self._found(id_, call)
        await self._commands.delete(before.profile_id, before.id)
        return before

    async def _found(self, id_: str, call: Call) -> Metric:
        """One by its id, in whichever profile it is in sight; in the one that was named, where one was."""
        target = await self._intake.metric_of(call.account, {**call.fields, "metric_id": id_})
        made = self._catalog.stat(target.product, target.metric).made
        if made is not None:
            return self._shown(call, target.product, target.metric, made.name, made.created_ms)
        details = await self._questions.details(target.product, target.metric)
        if details is None:
            raise Rejection(Reason.UNKNOWN_METRIC)
        return self._shown(call, target.product, target.metric, details["name"], details["created_at"] * 1000)

    def _shown(self, call: Call, product: int, metric: int, name: str, created_ms: int) -> Metric:
        public_id = self._commands.public_id(product, metric)
        record = self._catalog.stat(product, metric)
        return metric_of(metric, name, product, record, public_id, call.origin, created_ms)


def _settings_of(fields: Fields) -> StatChanges:
    """What is said of a metric beside its name. Raises Rejection."""
    sharing, in_email = sent(fields, "sharing"), sent(fields, "include_in_email")
    return StatChanges(
        is_public=None if sharing is None else _one_of(_SHARING, sharing),
        in_email=None if in_email is None else _one_of(_ON_OFF, in_email),
        url=sent(fields, "url"),
    )


def _one_of(words: dict[str, bool], word: str) -> bool:
    if word.lower() not in words:
        raise Rejection(Reason.BAD_SETTING)
    return words[word.lower()]
