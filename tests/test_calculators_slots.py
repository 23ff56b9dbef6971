"""What a message gives the slots of each calculator: natural messages, with traps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from bot.calculators import SlotValue, calculators
from bot.facts import Fact, facts_at

Rows = Sequence[tuple[str, Mapping[str, SlotValue]]]


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=timezone(timedelta(hours=8)))


NOW = at(11, 21, 20, 30)  # a Saturday
FOLDER = Path(__file__).parent.parent / "knowledge" / "facts"
FACTS = facts_at(
    (Fact.model_validate(row) for file in FOLDER.glob("*.yaml") for row in yaml.safe_load(file.read_text("utf-8"))), NOW.date()
)


def dec(*values: str | int) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(value)) for value in values)


def amounts(*values: str | int) -> dict[str, SlotValue]:
    return {"amounts": dec(*values)}


def money(**values: str | int) -> dict[str, SlotValue]:
    return {name: Decimal(str(value)) for name, value in values.items()}


COMPENSATION: Rows = [
    ("一单588一单299", amounts(588, 299)),
    ("3块钱包邮的小样", amounts(3)),
    ("三单分别是100、400和5000", amounts(100, 400, 5000)),
    ("实付刚好300整", amounts(300)),
    ("4580买的冰箱一直不发货", amounts(4580)),
    ("付了588,商家不发货赔多少", amounts(588)),
    ("我花了1200买的手机,过了发货时间还没发,能赔几块", amounts(1200)),
    ("等了20天还没发货,588块的衣服赔多少", amounts(588)),
    ("原价599实付299,赔多少", amounts(299)),
    ("实付五百八十八,商家拖着不发", amounts(588)),
    ("三百二十元五毛的单子能赔多少", amounts("320.5")),
    ("1.2w的相机没发货", amounts(12000)),
    ("買了兩千三的包包,賣家一直唔出貨賠幾多", amounts(2300)),
    ("I paid 588 yuan and the seller never shipped", amounts(588)),
    ("订单¥299.9超时未发货", amounts("299.9")),
    ("588不发货赔多少", amounts(588)),
    ("三单都是588", amounts(588, 588, 588)),
    ("588的东西才赔我3块?", amounts(588)),
    ("商家不发货赔多少钱", {}),
    ("打12315有用吗,赔多少", {}),
    ("48小时没发货赔多少", {}),
    ("台风天发不出,588的订单赔吗", {**amounts(588), "force_majeure": "yes"}),
    ("不是因为疫情,就是拖着,299块的", {**amounts(299), "force_majeure": "no"}),
    ("定金100尾款488", amounts(588)),
    ("两单,每单299块", amounts(299, 299)),
    ("不是588块,是688块", amounts(688)),
    ("sf588yuan de dingdan mei fahuo", amounts(588)),
    ("是不是最多就赔30块", {}),
    ("599元包邮的锅,用了50元的券,实付549", amounts(549)),
    ("满300减50,我实付268", amounts(268)),
    ("退款退了我299但是没赔我", {}),
    ("我那单89.9块,另一单2999块", amounts("89.9", 2999)),
    ("shangjia bu fahuo, wo fu le 500 kuai", amounts(500)),
]

PENALTY: Rows = [
    ("63单发货超时,第一次判", {"orders": 63, "times": 1}),
    ("60单都被判了两次扣多少", {"orders": 60, "times": 2}),
    ("一单被判了3次", {"orders": 1, "times": 3}),
    ("有一单超时扣多少", {"orders": 1}),
    ("头一回判,俩单子", {"orders": 2, "times": 1}),
    ("今天有12笔订单超时了", {"orders": 12}),
    ("100单里有12单超时", {"orders": 12}),
    ("3w单超时扣多少保证金", {"orders": 30000}),
    ("发货超时怎么扣钱", {}),
    ("扣了我20块,3单超时", {"orders": 3}),
    ("被判超时三次,一共5单", {"orders": 5, "times": 3}),
    ("超時五單,每單判兩次", {"orders": 5, "times": 2}),
    ("20 orders late, judged twice", {"orders": 20}),
    ("申诉了2次,还是判我15单超时", {"orders": 15}),
    ("fh超时了8单", {"orders": 8}),
    ("每单判3次,共十二单", {"orders": 12, "times": 3}),
    ("不对,是50单", {"orders": 50}),
]

TIMELINE: Rows = [
    ("昨晚八点半判的超时", {"first": at(11, 20, 20, 30)}),
    ("11月20日10:00判的,下次啥时候", {"first": at(11, 20, 10, 0)}),
    ("判了30个小时了", {"first": at(11, 20, 14, 30)}),
    ("今早9点被判超时", {"first": at(11, 21, 9, 0)}),
    ("昨天判的", {"day": date(2026, 11, 20)}),
    ("前天下午三点首次判定", {"first": at(11, 19, 15, 0)}),
    ("是不是每24小时判一次", {}),
    ("24小时内发货还会判吗", {}),
    ("刚才判的超时", {"first": NOW}),
    ("昨天20:30第一次判定,上限3次吧", {"first": at(11, 20, 20, 30)}),
    ("2026-11-19 08:00 首次判定", {"first": at(11, 19, 8, 0)}),
    ("判了两天半了", {"first": at(11, 19, 8, 30)}),
    ("昨天晚上8點判嘅", {"first": at(11, 20, 20, 0)}),
    ("超时26h了", {"first": at(11, 20, 18, 30)}),
    ("早上9点判的", {"first": at(11, 21, 9, 0)}),
    ("first judged yesterday at 10:00", {"first": at(11, 20, 10, 0)}),
]

REOPEN: Rows = [
    ("8月5号关的店什么时候能重开", {"date": date(2026, 8, 5), "basis": "closing"}),
    ("8月5号关的店,8月20号退的保证金", {"date": date(2026, 8, 20), "basis": "refund"}),
    ("我自己主动关的,三个月前退保", {"reason": "own", "date": date(2026, 8, 21), "basis": "refund"}),
    ("因为违规被封店了还能开吗", {"reason": "violation"}),
    ("资料造假被清退", {"reason": "forged"}),
    ("被平台关了还能重开吗", {"by_platform": "yes"}),
    ("官方把店给关了,去年12月30号退的保证金", {"by_platform": "yes", "date": date(2025, 12, 30), "basis": "refund"}),
    ("关店后6个月内能再开吗", {}),
    ("半年前关的店", {"date": date(2026, 5, 21), "basis": "closing"}),
    ("上周三退的押金", {"date": date(2026, 11, 11), "basis": "refund"}),
    ("我沒有違規,8月5號關店", {"date": date(2026, 8, 5), "basis": "closing"}),
    ("不想做了,2026/5/31关店", {"reason": "own", "date": date(2026, 5, 31), "basis": "closing"}),
    ("卖假货被封,3天前关的", {"reason": "violation", "date": date(2026, 11, 18)}),
    ("I closed the shop myself 3 months ago", {"reason": "own", "date": date(2026, 8, 21)}),
    ("二〇二六年八月五日退保", {"date": date(2026, 8, 5), "basis": "refund"}),
]

APPEAL: Rows = [
    ("仲裁判责11月14日生效,还能申诉吗", {"kind": "arbitration", "date": date(2026, 11, 14)}),
    ("违规申诉失败一次了,还有几次", {"kind": "violation", "used": 1}),
    ("判我赔5天了还能申诉不", {"kind": "arbitration", "date": date(2026, 11, 16)}),
    ("罚单第一次申诉没过", {"kind": "violation", "used": 1}),
    ("违规的,两次都失败了", {"kind": "violation", "used": 2}),
    ("昨天仲裁申诉举证不足被驳回", {"kind": "arbitration", "phase": "evidence", "date": date(2026, 11, 20)}),
    ("封禁处罚还没申诉过", {"kind": "violation", "used": 0}),
    ("申诉失败还能再申诉吗", {}),
    ("违规申诉有几次机会", {"kind": "violation"}),
    ("仲裁申诉7天内是吗", {"kind": "arbitration"}),
    ("今天判责生效", {"kind": "arbitration", "date": date(2026, 11, 21)}),
    ("仲裁申訴過期了嗎,11月10號生效", {"kind": "arbitration", "date": date(2026, 11, 10)}),
    ("我不是问违规,是仲裁,前天判的", {"kind": "arbitration", "date": date(2026, 11, 19)}),
    ("arbitration took effect on 2026-11-15", {"kind": "arbitration", "date": date(2026, 11, 15)}),
    ("违规3次了,申诉用了1次", {"kind": "violation", "used": 1}),
    ("违规申诉我已经用掉一次机会", {"kind": "violation", "used": 1}),
    ("违规申诉两次机会是吗", {"kind": "violation"}),
    ("扣保证金赔付前天生效的", {"kind": "arbitration", "date": date(2026, 11, 19)}),
]

ENTRY: Rows = [
    ("执照代办200,保证金5000,周转准备8000", {"licence": "agent", **money(licence_fee=200, deposit=5000, working_capital=8000)}),
    ("保证金2000,周转资金1万,电脑手机都有", money(deposit=2000, working_capital=10000, equipment=0)),
    ("电脑4000手机2000,保证金五千", money(equipment=6000, deposit=5000)),
    ("5000保证金8000周转", money(deposit=5000, working_capital=8000)),
    ("设备现成的,执照自己办,押金2k,备1.2w垫资", {"licence": "own", **money(equipment=0, deposit=2000, working_capital=12000)}),
    ("开店要多少钱", {}),
    ("营业执照找人代办,保证金要5000块", {"licence": "agent", **money(deposit=5000)}),
    ("保證金兩千三,週轉金5000", money(deposit=2300, working_capital=5000)),
    ("bzj5000,流动资金3000", money(deposit=5000, working_capital=3000)),
    ("deposit 5000 yuan, working capital 8000 yuan", money(deposit=5000, working_capital=8000)),
    ("设备三千,保证金二千,进货一万五", money(equipment=3000, deposit=2000, working_capital=15000)),
    ("代办执照300元,保证金2000元,周转5000元", {"licence": "agent", **money(licence_fee=300, deposit=2000, working_capital=5000)}),
    ("保证金交5000,手上有8000做周转资金", money(deposit=5000, working_capital=8000)),
]

DEPOSIT: Rows = [
    ("俩类目都是2000", amounts(2000)),
    ("女装2000,食品5000,要交多少", amounts(2000, 5000)),
    ("一个类目两千一个类目五千", amounts(2000, 5000)),
    ("三个类目分别2000、3000和5000元", amounts(2000, 3000, 5000)),
    ("2k和5k的类目一起开", amounts(2000, 5000)),
    ("多类目保证金怎么收", {}),
    ("选了两个类目保证金叠加吗", {}),
    ("服装類目保證金2000塊,美妝5000塊", amounts(2000, 5000)),
    ("bzj2000跟4000的", amounts(2000, 4000)),
    ("categories of 2000 yuan and 5000 yuan", amounts(2000, 5000)),
    ("一个3千一个1万", amounts(3000, 10000)),
    ("保证金5,000元", amounts(5000)),
    ("说错了,应该是3000", amounts(3000)),
]

AUTO_CLOSE: Rows = [
    ("8月5号下的单一直没发", {"date": date(2026, 8, 5)}),
    ("等了100天还没发货", {"date": date(2026, 8, 13)}),
    ("三个月前买的东西没发", {"date": date(2026, 8, 21)}),
    ("150天自动关闭是真的吗", {}),
    ("去年12月30号拍的", {"date": date(2025, 12, 30)}),
    ("6.18下单的到现在没发,什么时候自动退", {"date": date(2026, 6, 18)}),
    ("订单是今年国庆下的", {"date": date(2026, 10, 1)}),
    ("2026/8/5的订单", {"date": date(2026, 8, 5)}),
    ("昨天下单的", {"date": date(2026, 11, 20)}),
    ("上個月15號下單", {"date": date(2026, 10, 15)}),
    ("ordered on 2026-08-05, never shipped", {"date": date(2026, 8, 5)}),
    ("没发货的订单会自动关闭吗", {}),
    ("588块的单子,8月5号拍的", {"date": date(2026, 8, 5)}),
    ("20260805下单", {"date": date(2026, 8, 5)}),
]

INVOICE_DEADLINE: Rows = [
    ("11月18号发起关店,发票哪天前开", {"date": date(2026, 11, 18)}),
    ("昨天点了关店", {"date": date(2026, 11, 20)}),
    ("今天申请退店,票什么时候开完", {"date": date(2026, 11, 21)}),
    ("发起关店3天了", {"date": date(2026, 11, 18)}),
    ("5日内开票从哪天算", {}),
    ("上周三提交的退店", {"date": date(2026, 11, 11)}),
    ("退店发票怎么开", {}),
    ("2026-11-16 发起注销", {"date": date(2026, 11, 16)}),
    ("前天开始走关店流程", {"date": date(2026, 11, 19)}),
    ("關店是11月10號發起的", {"date": date(2026, 11, 10)}),
    ("打算11月28日关店", {"date": date(2026, 11, 28)}),
    ("started closing yesterday", {"date": date(2026, 11, 20)}),
    ("大前天退的店", {"date": date(2026, 11, 18)}),
]

QUOTA: Rows = [
    ("我有两个品牌,已经开了一家店", {"brands": 2, "opened": 1}),
    ("5个牌子能开几家店", {"brands": 5}),
    ("仨商标开了俩店", {"brands": 3, "opened": 2}),
    ("一个主体能开几家店", {}),
    ("一个营业执照,四个品牌,已开3家", {"brands": 4, "opened": 3}),
    ("手里品牌有3个,一家都没开", {"brands": 3, "opened": 0}),
    ("两个品牌想开3家店行吗", {"brands": 2}),
    ("同一个品牌能开两家吗", {}),
    ("2 brands, 1 shop already", {"brands": 2, "opened": 1}),
    ("我有兩個品牌,開了一間店", {"brands": 2, "opened": 1}),
    ("品牌三个,店铺两个", {"brands": 3, "opened": 2}),
    ("目前开了1家,有2个品牌授权", {"brands": 2, "opened": 1}),
    ("一个品牌,还没开店", {"brands": 1, "opened": 0}),
]

EXPORT: Rows = [
    ("120万单要导几次", {"orders": 1200000}),
    ("五十万零一条订单", {"orders": 500001}),
    ("3w单一次能导完吗", {"orders": 30000}),
    ("一次最多导50万单,我有80万单", {"orders": 800000}),
    ("订单一共1200000,分几次导出", {"orders": 1200000}),
    ("120万要导几次", {"orders": 1200000}),
    ("导出订单上限多少", {}),
    ("我分3次导行吗", {}),
    ("有八十萬筆訂單要匯出", {"orders": 800000}),
    ("1,000,000 orders to export", {"orders": 1000000}),
    ("50万单", {"orders": 500000}),
    ("去年有60w个订单", {"orders": 600000}),
    ("前面说错了,是三单", {"orders": 3}),
]

INCOME: Rows = [
    ("199的,佣金20%", {**money(amount=199, rate="0.2")}),
    ("精选联盟的单子588块,佣金百分之三十,到手多少", {"promotion": "alliance", **money(amount=588, rate="0.3")}),
    ("推广类型是无,订单199元", {"promotion": "none", **money(amount=199)}),
    ("达人带货卖了299元,给他15个点", {"promotion": "alliance", **money(amount=299, rate="0.15")}),
    ("订单99元佣金20元", money(amount=99, commission=20)),
    ("类型写的“无”,99块,佣金20%", {"promotion": "none", **money(amount=99, rate="0.2")}),
    ("精選聯盟訂單100元,佣金兩成", {"promotion": "alliance", **money(amount=100, rate="0.2")}),
    ("没有达人,自然流量成交588元", {"promotion": "none", **money(amount=588)}),
    ("佣金率25%,金额1200元", money(amount=1200, rate="0.25")),
    ("联盟单扣多少佣金", {"promotion": "alliance"}),
    ("influencer order of 300 yuan, 15% commission", {"promotion": "alliance", **money(amount=300, rate="0.15")}),
    ("199元的单,佣金20个点,jxlm", {"promotion": "alliance", **money(amount=199, rate="0.2")}),
    ("卖了588元,佣金率20", money(amount=588, rate="0.2")),
    ("平台直接推的单,199块收多少", {"promotion": "none", **money(amount=199)}),
    ("199 佣金15个点", money(amount=199, rate="0.15")),
    ("这单259,给达人15块佣金", {"promotion": "alliance", **money(amount=259, commission=15)}),
]

FAKE: Rows = [
    ("揽收26小时了没有中转", {"transit": "no", "picked_up": at(11, 20, 18, 30)}),
    ("昨晚九点半揽收,到现在没动", {"transit": "no", "picked_up": at(11, 20, 21, 30)}),
    ("单号20天前被别人用过", {"reused": "yes", "reused_days": 20}),
    ("揽收比付款还早", {"early": "yes"}),
    ("物流轨迹和收货地址不符", {"mismatch": "yes"}),
    ("什么算虚假发货", {}),
    ("揽收后24小时内没中转算吗", {"transit": "no"}),
    ("单号被其他人用过", {"reused": "yes"}),
    ("揽收30个小时了,已经到分拨中心", {"transit": "yes", "picked_up": at(11, 20, 14, 30)}),
    ("快递跑到别的城市去了", {"mismatch": "yes"}),
    ("單號重複,40天前別人用過", {"reused": "yes", "reused_days": 40}),
    ("还没付款就揽收了", {"early": "yes"}),
    ("揽收23个小时一直没更新", {"transit": "no", "picked_up": at(11, 20, 21, 30)}),
    ("picked up 30 hours ago, no transit record", {"transit": "no", "picked_up": at(11, 20, 14, 30)}),
    ("我在杭州,物流显示签收在成都", {"mismatch": "yes"}),
    ("揽收30小时后才有中转", {"transit": "no", "picked_up": at(11, 20, 14, 30)}),
    ("付款是11月20日10:00,揽收是11月20日9:00", {"early": "yes", "picked_up": at(11, 20, 9, 0)}),
    ("前天揽收的,卡在揽收不动", {"transit": "no", "picked_up": at(11, 19, 23, 59)}),
]

LIMITS: Rows = [
    ("累计限购3件、每次限购5件、起售1件,库存100", {"total": 3, "per_order": 5, "minimum": 1, "stock": 100}),
    ("每次2件、累计6件,起售2件", {"per_order": 2, "total": 6, "minimum": 2}),
    ("一次最多买5件,总共只能买3件", {"per_order": 5, "total": 3}),
    ("起售10件库存5件", {"minimum": 10, "stock": 5}),
    ("3件起售,库存2件", {"minimum": 3, "stock": 2}),
    ("怎么设置限购", {}),
    ("每单限5件,累计不限", {"per_order": 5, "total": "unset"}),
    ("每次限購兩件,累計限購五件", {"per_order": 2, "total": 5}),
    ("库存一百件,最少买俩", {"stock": 100, "minimum": 2}),
    ("累计10,每次3", {"total": 10, "per_order": 3}),
    ("每次5個,累計3個", {"per_order": 5, "total": 3}),
    ("total 3 pieces, per order 5 pieces", {"total": 3, "per_order": 5}),
    ("累计限购十二件,单次限购三件,起售两件", {"total": 12, "per_order": 3, "minimum": 2}),
]

FREEZE: Rows = [
    ("12000的发票没开", money(amount=12000)),
    ("没开票的有3000块,冻结多少", money(amount=3000)),
    ("应开90元没开,会冻结多少", money(amount=90)),
    ("一个月没开发票会怎样", {}),
    ("发票1.2w没开", money(amount=12000)),
    ("五千块的票没开", money(amount=5000)),
    ("冻结了我30元,那90元的票没开对吗", money(amount=90)),
    ("有一萬塊發票沒開", money(amount=10000)),
    ("invoice of 3000 yuan not issued", money(amount=3000)),
    ("开票金额8,000元逾期", money(amount=8000)),
    ("fp2000没开", money(amount=2000)),
    ("两千三的服务费没开票", money(amount=2300)),
    ("不开发票冻结30%吗", {}),
]

EXAGGERATION: Rows = [
    ("轻微2次严重3次", {"minor": 2, "serious": 3}),
    ("严重夸大3次加上轻微的2次", {"minor": 2, "serious": 3}),
    ("2次轻微3次严重", {"minor": 2, "serious": 3}),
    ("一次轻微一次严重", {"minor": 1, "serious": 1}),
    ("轻微和严重各两次", {"minor": 2, "serious": 2}),
    ("夸大宣传3次", {"times": 3}),
    ("情节严重扣多少", {"severity": "serious"}),
    ("严重的两回", {"serious": 2}),
    ("夸大功效怎么罚", {}),
    ("輕微三次", {"minor": 3}),
    ("第一次夸大,情节轻微", {"severity": "minor", "minor": 1, "times": 1}),
    ("2 serious times", {"serious": 2}),
    ("虚假宣传被罚四次", {"times": 4}),
    ("轻微一次,严重的没有", {"minor": 1, "serious": 0}),
]

THREE_NO: Rows = [
    ("卖三无产品第三次", {"times": 3, "nth": "yes"}),
    ("三无被抓了两次", {"times": 2, "nth": "no"}),
    ("第四次卖三无,账上保证金还有2万", {"times": 4, "nth": "yes", "deposit": Decimal(20000)}),
    ("首次卖三无", {"times": 1, "nth": "yes"}),
    ("三无产品怎么罚", {}),
    ("三无五次了", {"times": 5, "nth": "no"}),
    ("賣三無產品兩次", {"times": 2, "nth": "no"}),
    ("头一回卖三无产品扣多少", {"times": 1, "nth": "yes"}),
    ("第2次因为三无被罚", {"times": 2, "nth": "yes"}),
    ("三次以内扣多少", {}),
    ("3 times three-no products", {"times": 3, "nth": "no"}),
    ("扣了我5000,这是第二次三无", {"times": 2, "nth": "yes"}),
    ("卖sanwu被查3次", {"times": 3, "nth": "no"}),
    ("再卖一次三无就第四次了", {"times": 4, "nth": "yes"}),
    ("我因为三无已经被罚过3次,这次第4次", {"times": 4, "nth": "yes"}),
]

TABLES = {
    "late-shipping-compensation": COMPENSATION,
    "late-shipping-penalty": PENALTY,
    "late-shipping-timeline": TIMELINE,
    "reopen-date": REOPEN,
    "appeal-deadline": APPEAL,
    "entry-cost": ENTRY,
    "deposit": DEPOSIT,
    "order-auto-close": AUTO_CLOSE,
    "closing-invoice-deadline": INVOICE_DEADLINE,
    "shop-quota": QUOTA,
    "export-batches": EXPORT,
    "order-income": INCOME,
    "fake-shipping-check": FAKE,
    "purchase-limit-check": LIMITS,
    "invoice-freeze": FREEZE,
    "exaggeration-penalty": EXAGGERATION,
    "three-no-penalty": THREE_NO,
}
ROWS = [(name, text, values) for name, table in TABLES.items() for text, values in table]


@pytest.mark.parametrize(("name", "text", "expected"), ROWS, ids=[f"{name}: {text}" for name, text, _ in ROWS])
def test_a_free_message_fills_the_slots_it_tells_and_no_others(name: str, text: str, expected: Mapping[str, SlotValue]) -> None:
    filled = calculators()[name].fill(text, {}, None, NOW, FACTS)
    hidden = {slot.name for slot in calculators()[name].slots if slot.hidden}
    assert {slot: value for slot, value in filled.values.items() if slot in expected or slot not in hidden} == dict(expected)
    assert not filled.problems
