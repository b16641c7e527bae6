"""An item with all its page shows, read in as few queries as the item has kinds of rows."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects

from .models import (
    ActionItem,
    Directive,
    DueCorrection,
    Ending,
    Extension,
    ItemGroupGrant,
    ItemUnit,
    ItemUserGrant,
    ProgressReport,
)


def _any(rows: QuerySet[Any], name: str = "item") -> Exists:
    return Exists(rows.filter(**{name: OuterRef("pk")}))


def with_flags(items: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    """The items, each saying which kinds of rows it has: most have few, and an empty list costs no query."""
    duties, files = ActionItem.duties.through, ProgressReport.files.through
    extension_files = Extension.files.through
    return items.select_related(
        "source_paper__number__minutes", "confirmed_by_unit", "blocked_from", "merged_into"
    ).annotate(
        has_reports=_any(ProgressReport.objects.all()),
        has_report_files=_any(files._default_manager.all(), "progressreport__item"),
        has_extensions=_any(Extension.objects.all()),
        has_extension_files=_any(extension_files._default_manager.all(), "extension__item"),
        has_corrections=_any(DueCorrection.objects.all()),
        has_endings=_any(Ending.objects.all()),
        has_directives=_any(Directive.objects.all()),
        has_merged=_any(ActionItem.objects.all(), "merged_into"),
        has_duties=_any(duties._default_manager.all(), "actionitem"),
        has_grants=_any(ItemUserGrant.objects.all(), "content_object")
        | _any(ItemGroupGrant.objects.all(), "content_object"),
    )


def fill(item: Any) -> ActionItem:
    """Read the rows an item of `with_flags` has. One query a kind of row; none for what it has not."""
    reports: Any = ProgressReport.objects.select_related("unit", "need_from")
    extensions: Any = Extension.objects.select_related("unit", "scan", "item")
    if item.has_report_files:
        reports = reports.prefetch_related("files")
    if item.has_extension_files:
        extensions = extensions.prefetch_related("files")
    wanted: dict[str, tuple[bool, Any]] = {
        "reports": (item.has_reports, reports),
        "extensions": (item.has_extensions, extensions),
        "corrections": (item.has_corrections, DueCorrection.objects.all()),
        "endings": (item.has_endings, Ending.objects.select_related("heir", "scan", "item", "asked_by")),
        "directives": (item.has_directives, Directive.objects.select_related("file")),
        "merged": (item.has_merged, ActionItem.objects.all()),
    }
    lookups: list[Any] = [Prefetch("parts", ItemUnit.objects.select_related("unit", "signed_by"))]
    lookups += [Prefetch(name, rows) for name, (there, rows) in wanted.items() if there]
    lookups += ["duties__unit"] if item.has_duties else []
    prefetch_related_objects([item], *lookups)
    for name, (there, rows) in wanted.items():
        if not there:
            item._prefetched_objects_cache[name] = rows.none()
    if not item.has_duties:
        item._prefetched_objects_cache["duties"] = item.duties.none()
    _without_files(item.reports.all(), item.has_report_files)
    _without_files(item.extensions.all(), item.has_extension_files)
    return item  # type: ignore[no-any-return]


def _without_files(rows: Any, there: bool) -> None:
    for row in () if there else rows:
        row._prefetched_objects_cache = {"files": row.files.none()}
