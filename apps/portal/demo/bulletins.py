"""A progress bulletin that waits for the director, information issued to all, and one that waits for the office."""

from apps.bulletins import services
from apps.bulletins.enums import BulletinKind, InformationKind
from apps.roster.models import Unit

from .meetings import MARK, at, unit_of
from .people import Cast


def tell_the_units(cast: Cast) -> None:
    """The figures are those of the sample meetings as of the last working day."""
    day = at(-1, 9).date()
    bulletin = services.make_bulletin(
        kind=BulletinKind.PROGRESS,
        period=f"{day.year}年{day.month}月",
        starts_on=day.replace(month=1, day=1),
        ends_on=day,
        marker=MARK,
        by=cast.office,
    )
    services.submit(bulletin, by=cast.office)
    told = services.send_information(
        unit_of("zhujianju"),
        title="建筑工地噪声危害防护提示（示例）",
        text="示例（虚构）：各有关单位可参考以下做法。\n（一）作业防护。高噪声岗位配备护耳器，张贴警示标识。\n"
        "（二）错时安排。合理安排高噪声工序，减少人员暴露时间。",
        kind=InformationKind.PRACTICE,
        marker=MARK,
        by=cast.liaison("zhujianju"),
    )
    services.issue_information(told, to=list(Unit.objects.active()), by=cast.office)
    services.send_information(
        unit_of("gongxinju"),
        title="粉尘危害企业工艺改造工作动态（示例）",
        text="示例（虚构）：本季度推动部分企业完成除尘设施改造。",
        kind=InformationKind.WORK,
        marker=MARK,
        by=cast.liaison("gongxinju"),
    )
