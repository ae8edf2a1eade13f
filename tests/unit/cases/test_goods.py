"""The goods list read against what customers write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actions.ordering.shop import packaged_goods
from cases.domain.ordering.goods import Entry, GoodsList, Measure, Rule, Ruling
from cases.domain.ordering.measures import measures

CHECK = packaged_goods()
LIST: GoodsList = CHECK.goods


def ruling(text: str) -> str:
    """The verdict on a description."""
    return str(CHECK.check(text).verdict)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "category"),
        [
            ("手枪模型仿真枪", "guns"),
            ("a crossbow", "blades"),
            ("Fireworks for new year", "explosives"),
            ("打火機", "gases"),
            ("一桶汽油", "flammable_liquids"),
            ("一盒火柴", "flammable_solids"),
            ("双氧水 500ml", "oxidisers"),
            ("rat poison", "toxic"),
            ("菌种样本", "infectious"),
            ("放射源", "radioactive"),
            ("car batteries", "corrosive"),
            ("大麻", "drugs"),
            ("淫秽光盘", "publications"),
            ("针孔摄像头", "spying"),
            ("fake id", "forged"),
            ("高仿包", "counterfeit"),
            ("象牙筷子", "endangered"),
            ("人民币现金", "special"),
            ("小猫一只", "special"),
            ("电子烟", "special"),
        ],
    )
    def test_each_head_of_the_directory_is_found_in_its_words(self, text: str, category: str) -> None:
        verdict = CHECK.check(text)
        assert verdict.verdict is Ruling.FORBIDDEN
        assert category in {finding.category for finding in verdict.findings}
        assert all(finding.source for finding in verdict.findings)

    @pytest.mark.parametrize(
        "text",
        [
            *("书", "纸质文件", "衣服两件", "wooden chair", "热熔胶枪", "glue gun", "水枪玩具", "无酒精饮料", "油漆刷"),
            *("acid wash jeans", "bullet journal", "芝麻糊", "亚麻布", "drugstore catalogue", "gunmetal lamp"),
        ],
    )
    def test_words_inside_harmless_ones_are_not_meant(self, text: str) -> None:
        assert ruling(text) == "allowed"

    def test_the_longest_word_wins(self) -> None:
        assert ruling("酒精") == "forbidden"
        assert ruling("酒精棉片一盒") == "restricted"
        assert ruling("玩具枪") == "restricted"
        assert ruling("oil paint") == "forbidden" and ruling("watercolour set") == "restricted"

    def test_vague_names_are_asked_for(self) -> None:
        for text in ("东西", "日用品", "stuff", "3 items", "!!!"):
            assert [question.code for question in CHECK.check(text).questions] == ["name_goods"]


class TestNegation:
    @pytest.mark.parametrize(
        "text",
        [
            *("不含锂电池的玩具", "不含任何液体", "玩具，无锂电池", "没有充电宝", "非锂电池供电", "不含锂电池和液体"),
            *("不含锂电池、液体和粉末", "锂电池已取出", "沒有充電寶", "toys, no batteries", "without any liquid"),
            *("does not contain lithium batteries", "no knife or scissors", "battery-free toy", "battery removed"),
        ],
    )
    def test_what_is_denied_decides_nothing(self, text: str) -> None:
        verdict = CHECK.check(text)
        assert verdict.verdict is Ruling.ALLOWED
        assert verdict.findings and all(finding.negated for finding in verdict.findings)

    @pytest.mark.parametrize(
        "text",
        [
            *("不是没有锂电池", "没有刀，只有打火机", "不含液体，充电宝一个", "不含液体但有充电宝", "非常新的充电宝"),
            *("no liquids. power bank", "not without a battery", "no knife but a lighter", "nothing, battery"),
        ],
    )
    def test_a_negation_reaches_no_further_than_its_clause(self, text: str) -> None:
        assert ruling(text) != "allowed"

    @given(st.sampled_from([word for entry in LIST.entries for word in entry.zh]))
    def test_each_chinese_word_is_found_and_can_be_denied(self, word: str) -> None:
        plain, denied = CHECK.check(f"寄{word}"), CHECK.check(f"玩具，不含{word}")
        assert plain.findings and not plain.findings[0].negated
        assert all(finding.negated for finding in denied.findings)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "measure", "value"),
        [
            ("20000mah 充电宝", "wh", 74.0),
            ("20,000 mah", "wh", 74.0),
            ("10000毫安 5v", "wh", 50.0),
            ("99.9wh", "wh", 99.9),
            ("额定能量160瓦时", "wh", 160.0),
            ("1.5l 洗衣液", "ml", 1500.0),
            ("500毫升", "ml", 500.0),
            ("53度白酒", "percent", 53.0),
            ("12% vol", "percent", 12.0),
            ("三瓶 6瓶", "count", 6.0),
            ("2 pcs", "count", 2.0),
        ],
    )
    def test_they_are_read_with_their_units(self, text: str, measure: Measure, value: float) -> None:
        assert measures(text)[measure] == pytest.approx(value)

    @pytest.mark.parametrize(
        ("text", "verdict", "codes"),
        [
            ("充电宝 100Wh", "restricted", {"ground_only", "battery_installed", "battery_undamaged"}),
            ("充电宝 100.1Wh", "restricted", {"safety_sheet", "inspect"}),
            ("充电宝 161Wh", "forbidden", set()),
            ("充电宝 90Wh 3个", "restricted", {"inspect"}),
            ("白酒 53度", "restricted", {"ground_only"}),
            ("白酒 71度", "forbidden", set()),
            ("红酒 12%", "restricted", {"leakproof"}),
        ],
    )
    def test_they_decide(self, text: str, verdict: str, codes: set[str]) -> None:
        found = CHECK.check(text)
        assert str(found.verdict) == verdict
        assert codes <= {condition.code for condition in found.conditions}

    def test_an_unknown_number_is_asked_for_and_a_given_one_counts(self) -> None:
        assert [q.code for q in CHECK.check("充电宝").questions] == ["battery_wh"]
        assert CHECK.check("充电宝", {"wh": 200}).verdict is Ruling.FORBIDDEN
        assert CHECK.check("充电宝 200Wh", {"wh": 50}).verdict is Ruling.RESTRICTED

    def test_a_number_belongs_to_its_clause(self) -> None:
        found = CHECK.check("充电宝 50Wh，笔记本电池组 150Wh")
        assert found.verdict is Ruling.RESTRICTED
        assert {"safety_sheet"} <= {condition.code for condition in found.conditions}


class TestList:
    def test_all_eighteen_heads_are_there(self) -> None:
        assert {category.head for category in LIST.categories if category.head} == set(range(1, 19))
        used = {entry.category for entry in LIST.entries}
        assert used == {category.id for category in LIST.categories}

    def test_no_word_stands_twice(self) -> None:
        words = [word for entry in LIST.entries for word in (*entry.zh, *entry.en)]
        assert sorted({word for word in words if words.count(word) > 1}) == []

    def test_an_entry_that_cannot_decide_is_an_error(self) -> None:
        base = {"id": "x", "category": "guns", "label": {"zh": "x", "en": "x"}, "source": "postal"}
        with pytest.raises(ValueError, match="either a verdict or rules"):
            Entry.model_validate(base)
        with pytest.raises(ValueError, match="must hold always"):
            Entry.model_validate(base | {"rules": [{"when": {"wh": {"over": 1}}, "verdict": "forbidden"}]})
        broken = LIST.model_dump() | {"entries": [base | {"verdict": "restricted", "conditions": ["nonsense"]}]}
        with pytest.raises(ValueError, match="nonsense"):
            GoodsList.model_validate(broken)

    @given(st.text(max_size=200))
    def test_any_text_gets_a_verdict(self, text: str) -> None:
        found = CHECK.check(text)
        worst = [Rule(verdict=f.verdict) for f in found.findings if not f.negated]
        order = list(Ruling)
        if worst:
            assert found.verdict == max((rule.verdict for rule in worst), key=order.index)
