WITH sku AS (
    -- What was for sale: a model and meter at a price on a day, in the tier that the price has in every report.
    SELECT
        row_number() OVER (ORDER BY charge_date, model, currency, meter, unit_price) AS sku_number,
        charge_date,
        model,
        currency,
        meter,
        unit_price,
        CAST(unit_price * 1000000 AS DECIMAL(38, 18)) AS million_price,
        tier,
        model || '/' || meter AS sku_id,
        CASE meter
            WHEN 'input_cache_hit_tokens' THEN 'Input Tokens (Cache Hit)'
            WHEN 'input_cache_miss_tokens' THEN 'Input Tokens (Cache Miss)'
            WHEN 'output_tokens' THEN 'Output Tokens'
        END AS sku_meter,
        json_object('x_Model', model, 'x_TokenType', meter) AS sku_price_details
    FROM tiered_price
),

used AS (
    SELECT credential_id, sku_number, sum(quantity)::BIGINT AS quantity, bool_and(is_reconciled) AS is_reconciled
    FROM scoped_fact
    JOIN (
        SELECT line_id, sku_number FROM usage_line JOIN sku USING (charge_date, model, currency, meter, unit_price)
    ) AS sku_line USING (line_id)
    GROUP BY credential_id, sku_number
),

-- Usage is gross, and a credit takes off what a granted wallet paid. An adjustment makes the charges add up to the bill.
charge AS (
    SELECT
        'Usage' AS category,
        named_credential.account,
        sku.charge_date,
        sku.model,
        sku.currency,
        used.sku_number,
        named_credential.api_key,
        named_credential.api_key_name,
        used.quantity,
        (sku.unit_price * used.quantity)::DECIMAL(38, 18) AS cost,
        used.is_reconciled,
        NULL AS wallet_type
    FROM used
    JOIN sku ON sku.sku_number = used.sku_number
    JOIN named_credential ON named_credential.credential_id = used.credential_id
    UNION ALL
    SELECT
        'Credit', account, charge_date, model, currency, NULL, NULL, NULL, NULL, -sum(billed_cost)::DECIMAL(38, 18), TRUE, wallet_type
    FROM scoped_billing
    WHERE wallet_type = 'Granted'
    GROUP BY account, charge_date, model, currency, wallet_type
    HAVING sum(billed_cost) <> 0
    UNION ALL
    SELECT 'Adjustment', account, charge_date, model, currency, NULL, NULL, NULL, NULL, variance, TRUE, NULL
    FROM scoped_reconciliation
    WHERE variance <> 0 AND CAST($keys AS VARCHAR[]) IS NULL
),

-- What all charges of a day of an account share. A month begins at the offset of its first day and ends at that of its last.
charge_day AS (
    SELECT
        owned_day.account,
        owned_day.charge_date,
        owned_day.day_start,
        owned_day.day_end,
        imports.sha256,
        CAST(date_trunc('month', owned_day.charge_date) AS TIMESTAMP) + first_value(owned_day.day_start - owned_day.charge_date) OVER days
            AS period_start,
        CAST(date_trunc('month', owned_day.charge_date) AS TIMESTAMP) + INTERVAL 1 MONTH
            + last_value(owned_day.day_start - owned_day.charge_date) OVER days AS period_end,
        rule_epoch_day.rule_epoch
    FROM owned_day
    JOIN imports ON imports.import_id = owned_day.import_id
    LEFT JOIN rule_epoch_day ON rule_epoch_day.charge_date = owned_day.charge_date
    WINDOW days AS (
        PARTITION BY owned_day.account, date_trunc('month', owned_day.charge_date)
        ORDER BY owned_day.charge_date ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

-- A row cannot be split without changing what was used: a key of several owners is tagged with all of them.
tag AS (
    SELECT
        number,
        CASE
            WHEN count(*) > 1 THEN json_object('shared_by', string_agg(owner, ', ' ORDER BY owner))
            ELSE json_merge_patch(
                '{}',
                json_object(
                    'cost_center', any_value(cost_center), 'owner', any_value(owner),
                    'project', any_value(project), 'team', any_value(team)
                )
            )
        END AS tags
    FROM rule_part
    GROUP BY number
),

named_account AS (
    SELECT item.account, item.account_name
    FROM unnest(CAST($account_names AS STRUCT(account VARCHAR, account_name VARCHAR)[])) AS given(item)
)

SELECT
    charge.cost AS "BilledCost",
    charge.account AS "BillingAccountId",
    coalesce(named_account.account_name, charge.account) AS "BillingAccountName",
    charge.currency AS "BillingCurrency",
    charge_day.period_end AS "BillingPeriodEnd",
    charge_day.period_start AS "BillingPeriodStart",
    charge.category AS "ChargeCategory",
    CAST(NULL AS VARCHAR) AS "ChargeClass",
    charge.model || CASE charge.category
        WHEN 'Usage' THEN ' ' || lower(sku.sku_meter)
        WHEN 'Credit' THEN ' granted credit'
        ELSE ' difference between bill and usage'
    END || ', ' || CAST(charge.charge_date AS VARCHAR) AS "ChargeDescription",
    CASE charge.category WHEN 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END AS "ChargeFrequency",
    charge_day.day_end AS "ChargePeriodEnd",
    charge_day.day_start AS "ChargePeriodStart",
    CAST(NULL AS VARCHAR) AS "CommitmentDiscountId",
    CAST(NULL AS VARCHAR) AS "CommitmentDiscountStatus",
    CAST(charge.quantity AS DECIMAL(38, 1)) AS "ConsumedQuantity",
    CASE charge.category WHEN 'Usage' THEN 'Tokens' END AS "ConsumedUnit",
    charge.cost AS "ContractedCost",
    sku.million_price AS "ContractedUnitPrice",
    charge.cost AS "EffectiveCost",
    'DeepSeek' AS "HostProviderName",
    'DEEPSEEK-' || charge.account || '-' || strftime(charge.charge_date, '%Y-%m') || '-' || charge.currency AS "InvoiceId",
    'DeepSeek' AS "InvoiceIssuerName",
    charge.cost AS "ListCost",
    sku.million_price AS "ListUnitPrice",
    CASE charge.category WHEN 'Usage' THEN 'Standard' END AS "PricingCategory",
    charge.currency AS "PricingCurrency",
    sku.million_price AS "PricingCurrencyContractedUnitPrice",
    charge.cost AS "PricingCurrencyEffectiveCost",
    sku.million_price AS "PricingCurrencyListUnitPrice",
    CAST(charge.quantity * CAST('0.000001' AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS "PricingQuantity",
    CASE charge.category WHEN 'Usage' THEN '1000000 Tokens' END AS "PricingUnit",
    'DeepSeek' AS "ProviderName",
    'DeepSeek' AS "PublisherName",
    'AI and Machine Learning' AS "ServiceCategory",
    'DeepSeek API' AS "ServiceName",
    'DeepSeek' AS "ServiceProviderName",
    'Generative AI' AS "ServiceSubcategory",
    sku.sku_id AS "SkuId",
    sku.sku_meter AS "SkuMeter",
    sku.sku_price_details AS "SkuPriceDetails",
    sku.sku_id || '@' || regexp_replace(CAST(sku.million_price AS VARCHAR), '\.?0+$', '') || '/' || sku.currency AS "SkuPriceId",
    charge.account || '/' || charge.api_key AS "SubAccountId",
    CASE WHEN trim(charge.api_key_name) = '' THEN charge.api_key ELSE charge.api_key_name END AS "SubAccountName",
    CASE charge.category WHEN 'Usage' THEN 'API Key' END AS "SubAccountType",
    tag.tags AS "Tags",
    CASE WHEN charge.is_reconciled THEN 'reconciled' ELSE 'estimated' END AS "x_CostBasis",
    charge.api_key AS "x_CredentialId",
    nullif(charge.api_key_name, '') AS "x_CredentialName",
    charge.model AS "x_Model",
    sku.tier AS "x_PriceTier",
    charge_day.sha256 AS "x_SourceFileHash",
    sku.meter AS "x_TokenType",
    charge.charge_date AS "x_UsageDate",
    charge.wallet_type AS "x_WalletType"
FROM charge
LEFT JOIN sku ON sku.sku_number = charge.sku_number
JOIN charge_day ON charge_day.account = charge.account AND charge_day.charge_date = charge.charge_date
LEFT JOIN key_rule
    ON key_rule.account = charge.account AND key_rule.api_key = charge.api_key
    AND charge_day.rule_epoch >= key_rule.start_epoch AND charge_day.rule_epoch < key_rule.end_epoch
LEFT JOIN tag ON tag.number = key_rule.number
LEFT JOIN named_account ON named_account.account = charge.account;
