"""PMML written by hand: what exporters seldom write, and where evaluators differ."""

# ruff: noqa: E501 - documents are easier read in long lines

from __future__ import annotations

_HEAD = """<?xml version="1.0"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header><Application name="by hand" version="1"/></Header>
<DataDictionary>
<DataField name="amount" optype="continuous" dataType="double"/>
<DataField name="lines" optype="continuous" dataType="integer"/>
<DataField name="land" optype="categorical" dataType="string">
<Value value="DE"/><Value value="FR"/><Value value="IT"/></DataField>
<DataField name="y" optype="categorical" dataType="string"><Value value="no"/><Value value="yes"/></DataField>
<DataField name="v" optype="continuous" dataType="double"/>
</DataDictionary>"""
_OUTPUT = "".join(
    f'<OutputField name="{name}" optype="continuous" dataType="double" feature="probability" value="{name}"/>'
    for name in ("no", "yes")
)
_DEFAULT = {"0": "2", "1": "4", "2": "5"}
_SURROGATE = """<CompoundPredicate booleanOperator="surrogate">
<SimplePredicate field="amount" operator="{0}" value="10"/>
<SimplePredicate field="lines" operator="{0}" value="4"/><{1}/></CompoundPredicate>"""
_SET = """<SimpleSetPredicate field="land" booleanOperator="isIn">
<Array type="string" n="2">"DE" FR</Array></SimpleSetPredicate>"""
_BOTH = """<CompoundPredicate booleanOperator="and"><SimplePredicate field="land" operator="equal" value="IT"/>
<SimplePredicate field="amount" operator="lessThan" value="14"/></CompoundPredicate>"""
_DERIVED = """<LocalTransformations>
<DerivedField name="log_amount" optype="continuous" dataType="double"><Apply function="if">
<Apply function="isMissing"><FieldRef field="amount"/></Apply><Constant dataType="double">2.5</Constant>
<Apply function="ln"><Apply function="max"><FieldRef field="amount"/>
<Constant dataType="double">1.0</Constant></Apply></Apply></Apply></DerivedField>
<DerivedField name="is_fr" optype="continuous" dataType="double">
<NormDiscrete field="land" value="FR" mapMissingTo="0.5"/></DerivedField>
<DerivedField name="scaled" optype="continuous" dataType="double"><NormContinuous field="lines" mapMissingTo="0">
<LinearNorm orig="1" norm="0"/><LinearNorm orig="5" norm="1"/></NormContinuous></DerivedField>
</LocalTransformations>"""


def _schema(target: str) -> str:
    return (
        f'<MiningSchema><MiningField name="{target}" usageType="target"/><MiningField name="amount"/>'
        '<MiningField name="lines"/><MiningField name="land" invalidValueTreatment="asMissing"/></MiningSchema>'
    )


def _node(name: str, predicate: str, no: int, yes: int, *children: str) -> str:
    default = f' defaultChild="{_DEFAULT[name]}"' if name in _DEFAULT else ""
    return (
        f'<Node id="{name}"{default} score="{"yes" if yes > no else "no"}" recordCount="{no + yes}">{predicate}'
        f'<ScoreDistribution value="no" recordCount="{no}"/><ScoreDistribution value="yes" recordCount="{yes}"/>'
        f"{''.join(children)}</Node>"
    )


def _compared(field: str, operator: str, value: object) -> str:
    return f'<SimplePredicate field="{field}" operator="{operator}" value="{value}"/>'


def tree(unknown: str, last: str) -> str:
    """A tree with surrogates, sets, and children of which none may be true."""
    left = _node(
        "1", _SURROGATE.format("lessThan", "False"), 40, 9,
        _node("3", _SET, 30, 1), _node("4", _compared("land", "equal", "IT"), 10, 8),
    )  # fmt: skip
    right = _node(
        "2", _SURROGATE.format("greaterOrEqual", "True"), 10, 21,
        _node("5", _BOTH, 2, 8), _node("6", _compared("amount", "greaterThan", 14), 3, 12),
    )  # fmt: skip
    return (
        f'{_HEAD}<TreeModel functionName="classification" missingValueStrategy="{unknown}" '
        f'noTrueChildStrategy="{last}" splitCharacteristic="multiSplit">{_schema("y")}<Output>{_OUTPUT}</Output>'
        f"{_node('0', '<True/>', 50, 30, left, right)}</TreeModel></PMML>"
    )


def regression() -> str:
    """Terms of every kind, over computed fields."""
    return f"""{_HEAD}<RegressionModel functionName="regression">{_schema("v")}{_DERIVED}
<RegressionTable intercept="1.5"><NumericPredictor name="log_amount" coefficient="2"/>
<NumericPredictor name="scaled" exponent="2" coefficient="-0.5"/>
<NumericPredictor name="is_fr" coefficient="3"/><CategoricalPredictor name="land" value="IT" coefficient="0.25"/>
<PredictorTerm coefficient="0.1"><FieldRef field="log_amount"/><FieldRef field="scaled"/></PredictorTerm>
</RegressionTable></RegressionModel></PMML>"""


def ensemble(method: str, treatment: str) -> str:
    """Three stumps, put together in every way."""
    stumps = (("amount", 9, 1, 2), ("lines", 4, 5, 7), ("amount", 12, -1, 4))
    segments = "".join(
        f'<Segment id="{place}" weight="{place}"><True/><TreeModel functionName="regression" '
        'missingValueStrategy="nullPrediction"><MiningSchema><MiningField name="amount"/>'
        f'<MiningField name="lines"/></MiningSchema><Node><True/><Node score="{low}">'
        f'{_compared(field, "lessOrEqual", cut)}</Node><Node score="{high}">'
        f"{_compared(field, 'greaterThan', cut)}</Node></Node></TreeModel></Segment>"
        for place, (field, cut, low, high) in enumerate(stumps, 1)
    )
    return (
        f'{_HEAD}<MiningModel functionName="regression">{_schema("v")}'
        '<Targets><Target field="v" rescaleFactor="2" rescaleConstant="10"/></Targets>'
        f'<Segmentation multipleModelMethod="{method}" missingPredictionTreatment="{treatment}">'
        f"{segments}</Segmentation></MiningModel></PMML>"
    )


def general(kind: str, link: str, target: str, *cells: tuple[str, str, float], more: str = "") -> str:
    """A generalised linear model as R writes it: an intercept, powers, levels, and a product of both."""
    parameters = {
        "p0": (), "p1": (("amount", "1"),), "p2": (("lines", "2"),), "p3": (("land", "FR"),),
        "p4": (("land", "IT"), ("amount", "1")),
    }  # fmt: skip
    parts = "".join(
        f'<PPCell value="{value}" predictorName="{name}" parameterName="{parameter}"/>'
        for parameter, told in parameters.items()
        for name, value in told
    )
    betas = "".join(
        f'<PCell {f"targetCategory={chr(34)}{of}{chr(34)}" if of else ""} parameterName="{name}" df="1" beta="{beta}"/>'
        for name, of, beta in cells
    )
    function = "classification" if target == "y" else "regression"
    return (
        f'{_HEAD}<GeneralRegressionModel functionName="{function}" modelType="{kind}" linkFunction="{link}" {more}>'
        f"{_schema(target)}{f'<Output>{_OUTPUT}</Output>' if target == 'y' else ''}<ParameterList>"
        f"{''.join(f'<Parameter name={chr(34)}{one}{chr(34)}/>' for one in parameters)}</ParameterList>"
        '<FactorList><Predictor name="land"/></FactorList><CovariateList><Predictor name="amount"/>'
        f'<Predictor name="lines"/></CovariateList><PPMatrix>{parts}</PPMatrix>'
        f"<ParamMatrix>{betas}</ParamMatrix></GeneralRegressionModel></PMML>"
    )


def _of(target: str) -> tuple[tuple[str, str, float], ...]:
    betas = {"p0": -0.5, "p1": 0.2, "p2": -0.04, "p3": 0.7, "p4": -0.1}
    return tuple((name, target, beta) for name, beta in betas.items())


DOCUMENTS = {
    **{f"general_{link}": general("generalizedLinear", link, "v", *_of("")) for link in ("log", "identity")},
    **{
        f"binomial_{link}": general(
            "generalizedLinear", link, "y", *_of("yes"), more='distribution="binomial"'
        )
        for link in ("logit", "cloglog", "loglog")
    },
    "multinomial": general(
        "multinomialLogistic", "logit", "y", *_of("no"), more='targetReferenceCategory="yes"'
    ),
    **{
        f"tree_{unknown}_{last}": tree(unknown, last)
        for unknown in ("none", "nullPrediction", "lastPrediction", "defaultChild")
        for last in ("returnNullPrediction", "returnLastPrediction")
    },
    "regression": regression(),
    **{
        f"{method}_{treatment}": ensemble(method, treatment)
        for method in ("sum", "average", "weightedAverage", "median")
        for treatment in ("returnMissing", "skipSegment", "continue")
    },
}
