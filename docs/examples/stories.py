import marimo

app = marimo.App(width="medium", app_title="Five stories")

with app.setup:
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import pandas as pd

    from pipeline import query
    from pipeline.settings import Settings

    def names(field: str) -> alt.Y:
        return alt.Y(field, title=None, sort=None, axis=alt.Axis(labelLimit=180))

    def story(title: str, name: str, chart: alt.TopLevelMixin, rows: pd.DataFrame) -> mo.Html:
        # A bare chart is drawn by libraries from elsewhere when it is in the first session of a server.
        plot = mo.ui.altair_chart(
            chart.properties(width="container").configure_legend(orient="bottom", columns=3),
            chart_selection=False,
            legend_selection=False,
        )
        table = mo.ui.table(rows, selection=None, page_size=5, show_column_summaries=False, show_download=False)
        statement = mo.md(f"```sql\n{text_of(name)}\n```")
        return mo.vstack([mo.md(f"## {title}"), plot, table, mo.accordion({f"{name}.sql": statement})])

    def text_of(name: str) -> str:
        return Path(__file__).with_name(f"{name}.sql").read_text("utf-8")


@app.cell
def _():
    home = Settings.from_environment().home
    lake = query.connect(home)
    ((articles,),) = lake.sql("SELECT count(*) FROM articles_current").fetchall()
    mo.stop(not articles, mo.md(f"The lake in `{home}` holds no article. `make run` loads two nights of the sample."))
    mo.md(f"# Five stories\nTold by {articles:,} articles in `{home}`.")
    return (lake,)


@app.cell
def _(lake):
    claims = lake.sql(text_of("casualty_claims")).df()
    claims["number"] = claims.low.fillna(claims.high)
    claims["sign"] = claims.qualifier.replace(
        {"over": "at least", "at_least": "at least", "up_to": "at most", "under": "at most"}
    )
    claims["sign"] = claims.sign.where(claims.sign.isin(["at least", "at most"]), "as many")
    signs = alt.Scale(domain=["as many", "at least", "at most"], range=["circle", "triangle-right", "triangle-left"])
    figures = alt.Chart(claims).encode(y=names("claimant"), color=alt.Color("event", title=None))
    numbers = figures.mark_point(filled=True, size=110, opacity=0.8).encode(
        x=alt.X(
            "number",
            title="people",
            scale=alt.Scale(type="symlog"),
            axis=alt.Axis(values=[0, *(10**n for n in range(8))]),
        ),
        shape=alt.Shape("sign", title=None, scale=signs),
        tooltip=["claimant", "event", "place", "qualifier", "low", "high", "stories", "articles"],
    )
    ranges = figures.mark_rule().encode(x="low", x2="high")
    story("How many were killed or hurt, according to whom?", "casualty_claims", ranges + numbers, claims)
    return


@app.cell
def _(lake):
    speakers = lake.sql(text_of("who_speaks")).df()
    speakers["who"] = speakers.speaker + ", " + speakers.source_id
    shares = (
        alt.Chart(speakers)
        .mark_bar()
        .encode(
            x=alt.X("share", title="of the words that the source quotes", axis=alt.Axis(format="%")),
            y=names("who"),
            color=alt.Color("source_id", title=None),
            tooltip=["speaker", "source_id", "articles", "quotes", "words", "share"],
        )
    )
    story("Who gets to speak, and how much?", "who_speaks", shares, speakers)
    return


@app.cell
def _(lake):
    losses = lake.sql(text_of("what_broke")).df()
    lost = (
        alt.Chart(losses)
        .mark_bar()
        .encode(
            x=alt.X("lost", title="lost in the last night", axis=alt.Axis(tickMinStep=1)),
            y=names("source_id"),
            color=alt.Color("reason", title=None),
            tooltip=list(losses.columns),
        )
    )
    story("What broke last night?", "what_broke", lost, losses)
    return


@app.cell
def _(lake):
    clean = lake.sql(text_of("rights_clean")).df()
    texts = (
        alt.Chart(clean.groupby(["source_id", "usage_terms"], as_index=False).size())
        .mark_bar()
        .encode(
            x=alt.X("size", title="texts, each once", axis=alt.Axis(tickMinStep=1)),
            y=names("source_id"),
            color=alt.Color("usage_terms", title=None),
        )
    )
    story("Which texts may be passed on?", "rights_clean", texts, clean)
    return


@app.cell
def _(lake):
    edits = lake.sql(text_of("silent_edits")).df()
    changes = lake.sql("""
        SELECT new_source_id AS source_id, if(declared, 'with a word', 'without') AS said, count(*) AS texts
        FROM changes WHERE old_source_id = new_source_id GROUP BY ALL ORDER BY ALL
    """).df()
    changed = (
        alt.Chart(changes)
        .mark_bar()
        .encode(
            x=alt.X("texts", title="texts that were changed", axis=alt.Axis(tickMinStep=1)),
            y=names("source_id"),
            color=alt.Color("said", title=None),
        )
    )
    story("Which texts were changed without a word?", "silent_edits", changed, edits)
    return


if __name__ == "__main__":
    app.run()
