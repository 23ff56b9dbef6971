"""Brings text into one shape, character by character, so that every position stays where it was."""

from __future__ import annotations

from bot.values.patterns import Match, Pattern

BLANK = "\x00"  # stands where something must not be read; no pattern matches it

_TRADITIONAL = str.maketrans(
    "塊萬兩個單號點後錢圓億來幾鐘時週禮間剛現國慶雙節條筆訂類標臺負約過頭貳參陸當內開這為還體從給數倆檔項張隻賬應該對錯網鋪種"
    "買賣達貨業違裡歲華動兒勞師誕廠級經進關閉費實處罰產連壹聖麼長們會樣齊"
    "專丟爲舉亂於倉價餘傭軍農淨擊別勁區佔釐叄發噸員團圍復婦宮將層屆屬幣幹總換無機棟樓氣沒灣狀獨貓電碼稱純線組絨統績續維編裝記"
    "設訪證詞試話語說請謝購貫贊轉輪輛邊選郵採裏鍾鏈鍵門際難頁預額風館黃說説賠籤",
    "块万两个单号点后钱元亿来几钟时周礼间刚现国庆双节条笔订类标台负约过头贰叁陆当内开这为还体从给数俩档项张只账应该对错网铺种"
    "买卖达货业违里岁华动儿劳师诞厂级经进关闭费实处罚产连壹圣么长们会样齐"
    "专丢为举乱于仓价余佣军农净击别劲区占厘叁发吨员团围复妇宫将层届属币干总换无机栋楼气没湾状独猫电码称纯线组绒统绩续维编装记"
    "设访证词试话语说请谢购贯赞转轮辆边选邮采里钟链键门际难页预额风馆黄说说赔签",
)
_MARKS = str.maketrans(
    {
        **{chr(c + 0xFEE0): chr(c).lower() for c in range(0x21, 0x7F)},
        **{chr(c): chr(c + 32) for c in range(65, 91)},
        "\u3000": " ",
        "\xa0": " ",
        "\t": " ",
        "￥": "¥",
        "。": ".",
        "、": ";",
        "〇": "零",
        "○": "零",
        "圆": "元",
        "−": "-",
        "–": "-",
        "—": "-",
        "‐": "-",
        "〜": "~",
        "∶": ":",
        "﹣": "-",
    }
)
# Days and hours as they are called in the south, by a word of the same length.
_DIALECT = Pattern("[琴寻尋噚]日|听日|聽日|而家|依家|下[昼晝]|上[昼晝]|朝早|今朝|[琴寻尋噚]晚|个钟(?!头)")
_DIALECT_WORDS = {
    "听日": "明日", "聽日": "明日", "而家": "现在", "依家": "现在", "下昼": "下午", "下晝": "下午", "上昼": "上午", "上晝": "上午",
    "朝早": "早上", "今朝": "今早", "个钟": "小时",
}  # fmt: skip
# A full-width comma parts two amounts; only among full-width digits does it stand inside one (１２，８００).
_TABLE = {**_TRADITIONAL, **_MARKS, ord("。"): BLANK, ord("，"): BLANK}
_WIDE_COMMA = Pattern("(?<=[０-９])，(?=[０-９]{3})")
# 陆 and 伍 also stand in plain words (陆续), so formal numerals are folded only in runs.
_FORMAL = Pattern("[壹贰叁肆伍陆柒捌玖拾佰仟](?:[壹贰叁肆伍陆柒捌玖拾佰仟零万亿]{1,24}|(?=[元角分次单件块]))")
_FORMAL_TABLE = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")

NUMERAL = "0-9零一二两三四五六七八九十百千万亿廿卅"

# Words with numerals in them that count nothing.
_IDIOMS = (
    "一对一|一口价|一刀切|一站式|一次性|一个劲|一如既往|一件代发|一件起|1件代发"
    "|一客一[^ ]|一店一[^ ]|一物一码|一五一十|一举两得|一清二楚"
    "|一干二净|一模一样|一心一意|一来二去|独一无二|统一|专一|唯一|之一|单一|不一|万一|逐一|一一|二选一|四通一达"
    "|一直|一下子?|一般|一些|一样|一定|一起|一边|一共|一切|一律|一致|一贯|一味|一再|一经|一概|一时|一旦|一会儿?|一方面?|一手|一流|一键"
    "|一番|一面|一系列|一卡通|一体|一级|一路|一家人|一块儿|一块(?=发货|寄|走|下单|退)|一份子|进一步|第三方"
    "|第一时间|三方|三无|三包|三农|三证|三番五次"
    "|三心二意|三天两头|不三不四|丢三落四|接二连三|五花八门|乱七八糟|七上八下|四面八方|十有八九|五金|五星|四川|二维码|二手|二级|二话|二次元"
    "|十足|十全|十万火急|最后一天|有一天|百应|百货|百度|百姓|百分百|千牛|千川|千万(?=别|不|要|记|注意|小心)"
    "|万能|万达|七[天日]无理由|7[天日]无理由|7x24|7\\*24"
    "|一点(?:一点|点)"
    "|一点(?!半|钟|整|[0-5][0-9]|零[一二三四五六七八九]|[二三四五]?十|[一三]刻|[一二三四五六七八九])"
    "|(?<=[到在])一块(?![0-9钱])|两清|两难|两码事|六六六|八卦|九宫格|十万个为什么"
)
_FIXED = Pattern(
    f"(?<![{NUMERAL}])(?:{_IDIOMS})|(?<=[每同某任哪另这那上下])一(?=[个次单家件条笔店天款])(?!天一夜)"
    "|十分(?!钟|之|钱)(?<!点十分)(?<!时十分)"
    "|(?<![付价额款花共])1688(?= ?(?:的|上|平台|拿货|进货|采购|网|代发|厂|跨境|货源|批发|下单|店|商家|那|是))|(?<=阿里)1688"
)
# Spoken after a part of the day, 一点 is an hour.
_ONE_O_CLOCK = Pattern("(?:(?<=[午上晨夜])|(?<=[昨今前][天晚]))一点")
_CODES = Pattern(
    "(?<![0-9.,¥])(?:12315|12345|12348|12321|12300|10101588|95(?![0-9]00)[0-9]{3}|400-?[0-9]{3,4}-?[0-9]{3,4}|0[0-9]{2,3}-[0-9]{7,8}"
    "|1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4})(?![0-9元块单条个笔次万w%]|[.,][0-9])"
    # nine digits and more are an order or a phone, unless 元 says that they are money
    "|(?<![0-9.])(?:[0-9]{16,}+|[0-9]{9,15}+(?!(?:\\.[0-9]{1,4})?[元块]))(?:\\.[0-9]+)?"
    "|(?<![0-9.])(?!2[0-9]\\.|(?:19|20)[0-9]{2}\\.)[0-9]{1,4}+(?:\\.[0-9]{1,4}+){2,}+"
    # product names and tracking numbers: letters grown together with digits
    "|(?<![a-z0-9])[a-z](?=[a-z_-]{0,20}+[0-9])(?!(?<=r)mb|(?<=c)ny)[a-z0-9_-]*+(?:\\.[0-9]+)*"
)


def fold(text: str) -> str:
    """Simplified, half-width and lower case, of the same length."""
    if "，" in text:
        text = _WIDE_COMMA.sub(",", text)
    folded = text.translate(_TABLE)
    if _FORMAL.search(folded):
        folded = _FORMAL.sub(lambda m: m.group().translate(_FORMAL_TABLE), folded)
    return _DIALECT.sub(lambda m: _DIALECT_WORDS.get(m.group(), "昨" + m.group()[1]), folded)


def hide(folded: str) -> str:
    """Folded text with the fixed words and long codes blanked out."""
    clocks = {m.start() for m in _ONE_O_CLOCK.finditer(folded)} if "一点" in folded else set()

    def blank(m: Match) -> str:
        if m.start() in clocks and m.group() == "一点":
            return m.group()
        return BLANK * (m.end() - m.start())

    return _CODES.sub(blank, _FIXED.sub(blank, folded))


def erase(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with these spans blanked out; the spans are in order and do not overlap."""
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += (text[at:start], BLANK * (end - start))
        at = end
    pieces.append(text[at:])
    return "".join(pieces)
