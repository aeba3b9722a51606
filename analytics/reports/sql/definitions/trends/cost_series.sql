-- The keys or models that a trend shows each on its own: the dearest of each currency. The rest has no rank.
SELECT * FROM cost_rank WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
