-- The charges by FOCUS 1.2: usage per day, key, model, meter and price, credits of granted wallets, and what the bill differs by.
WITH used AS (
    SELECT
        credential_id, charge_date, model, meter, unit_price, currency,
        sum(quantity)::BIGINT AS quantity,
        bool_and(is_reconciled) AS is_reconciled
    FROM scoped_fact
    WHERE unit_price IS NOT NULL
    GROUP BY credential_id, charge_date, model, meter, unit_price, currency
),

-- Usage is gross, and a credit takes off what a granted wallet bore. An adjustment makes the charges add up to the bill.
charge AS (
    SELECT
        'Usage' AS category,
        named_credential.account,
        used.charge_date,
        used.model,
        used.currency,
        used.meter,
        used.unit_price,
        named_credential.api_key,
        named_credential.api_key_name,
        used.quantity,
        (used.unit_price * used.quantity)::DECIMAL(38, 18) AS cost,
        used.is_reconciled,
        NULL AS wallet_type
    FROM used
    JOIN named_credential ON named_credential.credential_id = used.credential_id
    UNION ALL
    SELECT
        'Credit', account, charge_date, model, currency, NULL, NULL, NULL, NULL, NULL, -sum(billed_cost)::DECIMAL(38, 18), TRUE,
        wallet_type
    FROM scoped_billing
    WHERE wallet_type = 'Granted'
    GROUP BY account, charge_date, model, currency, wallet_type
    HAVING sum(billed_cost) <> 0
    UNION ALL
    SELECT 'Adjustment', account, charge_date, model, currency, NULL, NULL, NULL, NULL, NULL, variance, FALSE, NULL
    FROM scoped_reconciliation
    WHERE variance <> 0 AND CAST($keys AS VARCHAR[]) IS NULL
),

ordered AS (
    SELECT * FROM charge
    ORDER BY account, charge_date, category DESC, model, currency, meter, unit_price, api_key, api_key_name
),

-- Of two prices on one day the dearer is the peak's.
price_range AS (
    SELECT charge_date, model, meter, currency, min(unit_price) AS lowest_price, max(unit_price) AS highest_price
    FROM usage_line
    WHERE unit_price IS NOT NULL
    GROUP BY charge_date, model, meter, currency
),

-- A month begins at the offset of its first day and ends at that of its last, as its days do.
billing_period AS (
    SELECT
        account,
        CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
        arg_min(day_start - CAST(charge_date AS TIMESTAMP), charge_date) + date_trunc('month', min(charge_date)) AS period_start,
        arg_max(day_start - CAST(charge_date AS TIMESTAMP), charge_date) + date_trunc('month', min(charge_date)) + INTERVAL 1 MONTH
            AS period_end
    FROM owned_day
    GROUP BY account, month_date
),

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

meter_name AS (
    FROM (
        VALUES
        ('input_cache_hit_tokens', 'Input Tokens (Cache Hit)'),
        ('input_cache_miss_tokens', 'Input Tokens (Cache Miss)'),
        ('output_tokens', 'Output Tokens')
    ) AS named(meter, sku_meter)
)

SELECT
    ordered.cost AS "BilledCost",
    ordered.account AS "BillingAccountId",
    ordered.account AS "BillingAccountName",
    ordered.currency AS "BillingCurrency",
    billing_period.period_end AS "BillingPeriodEnd",
    billing_period.period_start AS "BillingPeriodStart",
    ordered.category AS "ChargeCategory",
    CAST(NULL AS VARCHAR) AS "ChargeClass",
    CASE ordered.category
        WHEN 'Usage' THEN ordered.model || ' ' || lower(meter_name.sku_meter) || ', ' || CAST(ordered.charge_date AS VARCHAR)
        WHEN 'Credit' THEN ordered.model || ' granted credit, ' || CAST(ordered.charge_date AS VARCHAR)
        ELSE ordered.model || ' difference between bill and usage, ' || CAST(ordered.charge_date AS VARCHAR)
    END AS "ChargeDescription",
    CASE ordered.category WHEN 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END AS "ChargeFrequency",
    owned_day.day_end AS "ChargePeriodEnd",
    owned_day.day_start AS "ChargePeriodStart",
    CAST(NULL AS VARCHAR) AS "CommitmentDiscountId",
    CAST(NULL AS VARCHAR) AS "CommitmentDiscountStatus",
    CAST(ordered.quantity AS DECIMAL(38, 1)) AS "ConsumedQuantity",
    CASE ordered.category WHEN 'Usage' THEN 'Tokens' END AS "ConsumedUnit",
    ordered.cost AS "ContractedCost",
    CAST(ordered.unit_price * 1000000 AS DECIMAL(38, 18)) AS "ContractedUnitPrice",
    ordered.cost AS "EffectiveCost",
    'DeepSeek' AS "HostProviderName",
    'DEEPSEEK-' || ordered.account || '-' || strftime(ordered.charge_date, '%Y-%m') || '-' || ordered.currency AS "InvoiceId",
    'DeepSeek' AS "InvoiceIssuerName",
    ordered.cost AS "ListCost",
    CAST(ordered.unit_price * 1000000 AS DECIMAL(38, 18)) AS "ListUnitPrice",
    CASE ordered.category WHEN 'Usage' THEN 'Standard' END AS "PricingCategory",
    ordered.currency AS "PricingCurrency",
    CAST(ordered.unit_price * 1000000 AS DECIMAL(38, 18)) AS "PricingCurrencyContractedUnitPrice",
    ordered.cost AS "PricingCurrencyEffectiveCost",
    CAST(ordered.unit_price * 1000000 AS DECIMAL(38, 18)) AS "PricingCurrencyListUnitPrice",
    CAST(ordered.quantity * CAST('0.000001' AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS "PricingQuantity",
    CASE ordered.category WHEN 'Usage' THEN '1000000 Tokens' END AS "PricingUnit",
    'DeepSeek' AS "ProviderName",
    'DeepSeek' AS "PublisherName",
    'AI and Machine Learning' AS "ServiceCategory",
    'DeepSeek API' AS "ServiceName",
    'DeepSeek' AS "ServiceProviderName",
    'Generative AI' AS "ServiceSubcategory",
    ordered.model || '/' || ordered.meter AS "SkuId",
    meter_name.sku_meter AS "SkuMeter",
    CASE ordered.category WHEN 'Usage' THEN json_object('x_Model', ordered.model, 'x_TokenType', ordered.meter) END
        AS "SkuPriceDetails",
    ordered.model || '/' || ordered.meter || '@'
        || regexp_replace(CAST(CAST(ordered.unit_price * 1000000 AS DECIMAL(38, 18)) AS VARCHAR), '\.?0+$', '')
        || '/' || ordered.currency AS "SkuPriceId",
    ordered.account || '/' || ordered.api_key AS "SubAccountId",
    coalesce(nullif(ordered.api_key_name, ''), ordered.api_key) AS "SubAccountName",
    CASE ordered.category WHEN 'Usage' THEN 'API Key' END AS "SubAccountType",
    tag.tags AS "Tags",
    CASE WHEN ordered.is_reconciled OR ordered.category <> 'Usage' THEN 'reconciled' ELSE 'estimated' END AS "x_CostBasis",
    CASE ordered.category
        WHEN 'Usage'
            THEN json_object('Credential', json_object('Type', 'API Key', 'Name', ordered.api_key_name))
    END AS "x_CredentialDetails",
    ordered.api_key AS "x_CredentialId",
    ordered.model AS "x_Model",
    CASE
        WHEN ordered.category <> 'Usage' THEN NULL
        WHEN price_range.lowest_price = price_range.highest_price THEN 'standard'
        WHEN ordered.unit_price = price_range.highest_price THEN 'peak'
        ELSE 'off-peak'
    END AS "x_PriceTier",
    imports.sha256 AS "x_SourceFileHash",
    ordered.meter AS "x_TokenType",
    ordered.charge_date AS "x_UsageDate",
    ordered.wallet_type AS "x_WalletType"
FROM ordered
JOIN owned_day ON owned_day.account = ordered.account AND owned_day.charge_date = ordered.charge_date
JOIN imports ON imports.import_id = owned_day.import_id
JOIN billing_period
    ON billing_period.account = ordered.account
    AND billing_period.month_date = CAST(date_trunc('month', ordered.charge_date) AS DATE)
JOIN rule_epoch_day ON rule_epoch_day.charge_date = ordered.charge_date
LEFT JOIN meter_name ON meter_name.meter = ordered.meter
LEFT JOIN price_range
    ON price_range.charge_date = ordered.charge_date AND price_range.model = ordered.model
    AND price_range.meter = ordered.meter AND price_range.currency = ordered.currency
LEFT JOIN key_rule
    ON key_rule.account = ordered.account AND key_rule.api_key = ordered.api_key
    AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
LEFT JOIN tag ON tag.number = key_rule.number;
