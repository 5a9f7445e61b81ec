create schema if not exists doc;

CREATE TABLE api.account (
    subject TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    grants TEXT[] NOT NULL,
    outlets TEXT[],
    region_path TEXT,
    language TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_account PRIMARY KEY (subject)
);

CREATE TABLE api.api_key (
    key_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    grants TEXT[] NOT NULL,
    outlets TEXT[],
    region_path TEXT,
    language TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_key PRIMARY KEY (key_hash)
);

CREATE TABLE api.change (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    document TEXT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    action TEXT NOT NULL,
    outlet_id TEXT COLLATE "C",
    actor TEXT NOT NULL,
    state TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    after JSONB NOT NULL,
    personal_changed TEXT[],
    CONSTRAINT pk_change PRIMARY KEY (xid, seq)
);

CREATE UNIQUE INDEX ux_change_document_key_version ON api.change (document, key, version);

CREATE TABLE api.feed (
    is_only_row BOOLEAN DEFAULT true NOT NULL,
    epoch UUID DEFAULT gen_random_uuid() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_feed PRIMARY KEY (is_only_row),
    CONSTRAINT ck_feed_is_only_row CHECK (is_only_row)
);

CREATE TABLE api.idempotency (
    subject TEXT NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    request_hash TEXT NOT NULL,
    document TEXT NOT NULL,
    key TEXT COLLATE "C",
    answer TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (subject, idempotency_key)
);

CREATE INDEX ix_idempotency_created_at ON api.idempotency USING brin (created_at);

CREATE INDEX ix_idempotency_document_key ON api.idempotency (document, key) WHERE document in ('staff', 'customer_record', 'lead', 'quarantine_row');

CREATE TABLE doc.file_load (
    file_load_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    contract TEXT COLLATE "C" NOT NULL,
    file_name TEXT NOT NULL,
    file_sha256 TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    loaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_rows BIGINT NOT NULL,
    accepted_rows BIGINT NOT NULL,
    rejected_rows BIGINT NOT NULL,
    duplicate_rows BIGINT NOT NULL,
    skipped_rows BIGINT,
    CONSTRAINT pk_file_load PRIMARY KEY (file_load_id),
    CONSTRAINT ck_file_load_state CHECK (state in ('loaded')),
    CONSTRAINT ck_file_load_received_rows CHECK (received_rows >= 0),
    CONSTRAINT ck_file_load_accepted_rows CHECK (accepted_rows >= 0),
    CONSTRAINT ck_file_load_rejected_rows CHECK (rejected_rows >= 0),
    CONSTRAINT ck_file_load_duplicate_rows CHECK (duplicate_rows >= 0),
    CONSTRAINT ck_file_load_skipped_rows CHECK (skipped_rows >= 0)
);

CREATE TABLE doc.outlet (
    outlet_code TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    name TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    outlet_kind TEXT NOT NULL,
    market TEXT NOT NULL,
    region_path TEXT COLLATE "C" NOT NULL,
    city TEXT NOT NULL,
    timezone TEXT NOT NULL,
    currency TEXT NOT NULL,
    language TEXT NOT NULL,
    supplier_outlet_code TEXT COLLATE "C",
    lead_time_days BIGINT,
    review_days BIGINT,
    opened_date DATE NOT NULL,
    closed_date DATE,
    CONSTRAINT pk_outlet PRIMARY KEY (outlet_code),
    CONSTRAINT fk_outlet_supplier_outlet_code FOREIGN KEY(supplier_outlet_code) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_outlet_state CHECK (state in ('operating', 'suspended', 'closed')),
    CONSTRAINT ck_outlet_outlet_kind CHECK (outlet_kind in ('dealer', 'experience_store', 'service_provider', 'regional_warehouse', 'central_warehouse')),
    CONSTRAINT ck_outlet_lead_time_days CHECK (lead_time_days between 0 and 400),
    CONSTRAINT ck_outlet_review_days CHECK (review_days between 1 and 90),
    CONSTRAINT ck_outlet_rule_1 CHECK (closed_date >= opened_date)
);

CREATE TABLE doc.part (
    part_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    part_no TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    criticality TEXT NOT NULL,
    pack_size BIGINT NOT NULL,
    minimum_quantity BIGINT NOT NULL,
    is_returnable BOOLEAN NOT NULL,
    shelf_life_days BIGINT,
    introduced_date DATE,
    CONSTRAINT pk_part PRIMARY KEY (part_id),
    CONSTRAINT ck_part_state CHECK (state in ('planned', 'active', 'run_out', 'obsolete')),
    CONSTRAINT ck_part_criticality CHECK (criticality in ('vital', 'essential', 'desirable')),
    CONSTRAINT ck_part_pack_size CHECK (pack_size between 1 and 100000),
    CONSTRAINT ck_part_minimum_quantity CHECK (minimum_quantity between 1 and 100000),
    CONSTRAINT ck_part_shelf_life_days CHECK (shelf_life_days between 1 and 20000)
);

CREATE TABLE doc.product (
    product_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    brand TEXT NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    model TEXT NOT NULL,
    variant TEXT COLLATE "C" NOT NULL,
    colour TEXT NOT NULL,
    model_year BIGINT NOT NULL,
    predecessor_series TEXT COLLATE "C",
    launch_date DATE NOT NULL,
    run_out_date DATE,
    list_price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    CONSTRAINT pk_product PRIMARY KEY (product_id),
    CONSTRAINT ck_product_state CHECK (state in ('planned', 'on_sale', 'run_out', 'ended')),
    CONSTRAINT ck_product_model_year CHECK (model_year between 1980 and 2100),
    CONSTRAINT ck_product_list_price_minor CHECK (list_price_minor >= 0),
    CONSTRAINT ck_product_rule_1 CHECK (run_out_date >= launch_date)
);

CREATE TABLE doc.quarantine_row (
    quarantine_row_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    contract TEXT COLLATE "C" NOT NULL,
    source_file TEXT NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    row_no BIGINT NOT NULL,
    field TEXT NOT NULL,
    value TEXT,
    rule TEXT NOT NULL,
    remedy TEXT NOT NULL,
    row_json TEXT,
    corrected_json TEXT,
    rejected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_quarantine_row PRIMARY KEY (quarantine_row_id),
    CONSTRAINT ck_quarantine_row_state CHECK (state in ('open', 'corrected', 'released', 'discarded')),
    CONSTRAINT ck_quarantine_row_row_no CHECK (row_no >= 1)
);

CREATE INDEX ix_quarantine_row_contract_state ON doc.quarantine_row (contract, state);

CREATE TABLE doc.customer_record (
    customer_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    customer_type TEXT NOT NULL,
    given_name TEXT,
    family_name TEXT,
    company_name TEXT,
    phone TEXT,
    email TEXT,
    address_line TEXT,
    postcode TEXT,
    city TEXT,
    country TEXT,
    national_id TEXT,
    birth_date DATE,
    anniversary_date DATE,
    income_band TEXT,
    hobby TEXT,
    language TEXT,
    source TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_customer_record PRIMARY KEY (customer_id),
    CONSTRAINT fk_customer_record_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_customer_record_state CHECK (state in ('active', 'inactive', 'erased')),
    CONSTRAINT ck_customer_record_customer_type CHECK (customer_type in ('person', 'company')),
    CONSTRAINT ck_customer_record_income_band CHECK (income_band in ('low', 'middle', 'upper', 'high'))
);

CREATE INDEX ix_customer_record_outlet_id ON doc.customer_record (outlet_id, customer_id);

CREATE TABLE doc.dealer_plan (
    dealer_plan_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    horizon TEXT NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    variant TEXT COLLATE "C",
    period_date DATE NOT NULL,
    retail_units BIGINT NOT NULL,
    requirement_units BIGINT NOT NULL,
    note TEXT,
    CONSTRAINT pk_dealer_plan PRIMARY KEY (dealer_plan_id),
    CONSTRAINT fk_dealer_plan_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_dealer_plan_state CHECK (state in ('draft', 'submitted', 'region_reviewed', 'consolidated', 'locked')),
    CONSTRAINT ck_dealer_plan_horizon CHECK (horizon in ('three_month', 'month', 'week')),
    CONSTRAINT ck_dealer_plan_retail_units CHECK (retail_units between 0 and 1000000),
    CONSTRAINT ck_dealer_plan_requirement_units CHECK (requirement_units between 0 and 1000000)
);

CREATE INDEX ix_dealer_plan_outlet_id ON doc.dealer_plan (outlet_id, dealer_plan_id);

CREATE TABLE doc.forecast_override (
    forecast_override_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    subject TEXT NOT NULL,
    region_path TEXT COLLATE "C" NOT NULL,
    outlet_code TEXT COLLATE "C",
    series TEXT COLLATE "C",
    part_id TEXT COLLATE "C",
    forecast_month DATE NOT NULL,
    mode TEXT NOT NULL,
    value NUMERIC(18, 6) NOT NULL,
    baseline NUMERIC(18, 6),
    reason_code TEXT NOT NULL,
    note TEXT,
    author_level TEXT NOT NULL,
    expires_date DATE,
    CONSTRAINT pk_forecast_override PRIMARY KEY (forecast_override_id),
    CONSTRAINT fk_forecast_override_outlet_code FOREIGN KEY(outlet_code) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_forecast_override_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_forecast_override_state CHECK (state in ('proposed', 'applied', 'withdrawn')),
    CONSTRAINT ck_forecast_override_subject CHECK (subject in ('vehicle', 'part')),
    CONSTRAINT ck_forecast_override_forecast_month CHECK (extract(day from forecast_month) = 1),
    CONSTRAINT ck_forecast_override_mode CHECK (mode in ('set', 'add', 'percent')),
    CONSTRAINT ck_forecast_override_value CHECK (value between -1000000 and 1000000),
    CONSTRAINT ck_forecast_override_baseline CHECK (baseline >= 0),
    CONSTRAINT ck_forecast_override_reason_code CHECK (reason_code in ('promotion', 'fleet_deal', 'launch_or_run_out', 'price_change', 'supply_limit', 'regulation', 'competitor', 'data_error', 'network_change', 'recall', 'holiday', 'other')),
    CONSTRAINT ck_forecast_override_author_level CHECK (author_level in ('dealer', 'region', 'hq'))
);

CREATE TABLE doc.part_demand (
    part_demand_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    part_id TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL,
    demanded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    channel TEXT NOT NULL,
    filled_quantity BIGINT,
    backordered_quantity BIGINT,
    lost_quantity BIGINT,
    lost_reason TEXT COLLATE "C",
    substitute_part_id TEXT COLLATE "C",
    repair_order_id TEXT COLLATE "C",
    vin TEXT COLLATE "C",
    CONSTRAINT pk_part_demand PRIMARY KEY (part_demand_id),
    CONSTRAINT fk_part_demand_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_part_demand_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT fk_part_demand_substitute_part_id FOREIGN KEY(substitute_part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_part_demand_state CHECK (state in ('open', 'filled', 'lost', 'cancelled')),
    CONSTRAINT ck_part_demand_quantity CHECK (quantity between 1 and 1000000),
    CONSTRAINT ck_part_demand_channel CHECK (channel in ('repair_order', 'counter', 'wholesale', 'internal', 'warranty')),
    CONSTRAINT ck_part_demand_filled_quantity CHECK (filled_quantity between 0 and 1000000),
    CONSTRAINT ck_part_demand_backordered_quantity CHECK (backordered_quantity between 0 and 1000000),
    CONSTRAINT ck_part_demand_lost_quantity CHECK (lost_quantity between 0 and 1000000),
    CONSTRAINT ck_part_demand_rule_1 CHECK (coalesce(filled_quantity, 0) + coalesce(backordered_quantity, 0) + coalesce(lost_quantity, 0) <= quantity)
);

CREATE INDEX ix_part_demand_outlet_id ON doc.part_demand (outlet_id, part_demand_id);

CREATE INDEX ix_part_demand_outlet_id_part_id ON doc.part_demand (outlet_id, part_id);

CREATE TABLE doc.part_price (
    part_price_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    part_id TEXT COLLATE "C" NOT NULL,
    market TEXT NOT NULL,
    price_type TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    valid_from_date DATE NOT NULL,
    valid_to_date DATE,
    CONSTRAINT pk_part_price PRIMARY KEY (part_price_id),
    CONSTRAINT fk_part_price_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_part_price_state CHECK (state in ('effective', 'ended')),
    CONSTRAINT ck_part_price_price_type CHECK (price_type in ('dealer_net', 'retail', 'emergency')),
    CONSTRAINT ck_part_price_price_minor CHECK (price_minor >= 0),
    CONSTRAINT ck_part_price_rule_1 CHECK (valid_to_date >= valid_from_date)
);

CREATE TABLE doc.part_relation (
    part_relation_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    part_id TEXT COLLATE "C" NOT NULL,
    successor_part_id TEXT COLLATE "C" NOT NULL,
    relation_type TEXT NOT NULL,
    direction TEXT NOT NULL,
    preceding_quantity BIGINT NOT NULL,
    succeeding_quantity BIGINT NOT NULL,
    use_up TEXT NOT NULL,
    valid_from_date DATE NOT NULL,
    valid_to_date DATE,
    CONSTRAINT pk_part_relation PRIMARY KEY (part_relation_id),
    CONSTRAINT fk_part_relation_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT fk_part_relation_successor_part_id FOREIGN KEY(successor_part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_part_relation_state CHECK (state in ('active', 'ended')),
    CONSTRAINT ck_part_relation_relation_type CHECK (relation_type in ('supersession', 'interchange')),
    CONSTRAINT ck_part_relation_direction CHECK (direction in ('one_way', 'two_way')),
    CONSTRAINT ck_part_relation_preceding_quantity CHECK (preceding_quantity between 1 and 1000),
    CONSTRAINT ck_part_relation_succeeding_quantity CHECK (succeeding_quantity between 1 and 1000),
    CONSTRAINT ck_part_relation_use_up CHECK (use_up in ('use_up_first', 'immediate')),
    CONSTRAINT ck_part_relation_rule_1 CHECK (valid_to_date >= valid_from_date)
);

CREATE TABLE doc.parts_order (
    parts_order_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    order_type TEXT NOT NULL,
    supplier_outlet_code TEXT COLLATE "C" NOT NULL,
    ordered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    requested_date DATE,
    received_at TIMESTAMP WITH TIME ZONE,
    fund_type TEXT COLLATE "C",
    total_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    run_id TEXT COLLATE "C",
    reject_reason TEXT,
    lines JSONB NOT NULL,
    CONSTRAINT pk_parts_order PRIMARY KEY (parts_order_id),
    CONSTRAINT fk_parts_order_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_parts_order_supplier_outlet_code FOREIGN KEY(supplier_outlet_code) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_parts_order_state CHECK (state in ('draft', 'submitted', 'fund_checked', 'approved', 'rejected', 'stock_checked', 'issued', 'shipped', 'received', 'settled', 'cancelled')),
    CONSTRAINT ck_parts_order_order_type CHECK (order_type in ('stock', 'urgent', 'special', 'placement')),
    CONSTRAINT ck_parts_order_total_minor CHECK (total_minor >= 0),
    CONSTRAINT ck_parts_order_rule_1 CHECK (received_at >= ordered_at)
);

CREATE INDEX ix_parts_order_outlet_id ON doc.parts_order (outlet_id, parts_order_id);

CREATE TABLE doc.parts_stock_move (
    parts_stock_move_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    part_id TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL,
    move_type TEXT NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    unit_cost_minor BIGINT,
    currency TEXT,
    bin TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    CONSTRAINT pk_parts_stock_move PRIMARY KEY (parts_stock_move_id),
    CONSTRAINT fk_parts_stock_move_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_parts_stock_move_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_parts_stock_move_state CHECK (state in ('posted')),
    CONSTRAINT ck_parts_stock_move_quantity CHECK (quantity between -1000000 and 1000000),
    CONSTRAINT ck_parts_stock_move_move_type CHECK (move_type in ('opening', 'receipt', 'issue_repair_order', 'counter_sale', 'internal_use', 'transfer_in', 'transfer_out', 'count_adjustment', 'customer_return', 'supplier_return', 'scrap')),
    CONSTRAINT ck_parts_stock_move_unit_cost_minor CHECK (unit_cost_minor >= 0)
);

CREATE INDEX ix_parts_stock_move_outlet_id ON doc.parts_stock_move (outlet_id, parts_stock_move_id);

CREATE INDEX ix_parts_stock_move_outlet_id_part_id ON doc.parts_stock_move (outlet_id, part_id);

CREATE TABLE doc.sales_target (
    sales_target_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    target_month DATE NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    measure TEXT NOT NULL,
    units BIGINT NOT NULL,
    CONSTRAINT pk_sales_target PRIMARY KEY (sales_target_id),
    CONSTRAINT fk_sales_target_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_sales_target_state CHECK (state in ('draft', 'issued', 'revised')),
    CONSTRAINT ck_sales_target_target_month CHECK (extract(day from target_month) = 1),
    CONSTRAINT ck_sales_target_measure CHECK (measure in ('wholesale', 'retail')),
    CONSTRAINT ck_sales_target_units CHECK (units between 0 and 1000000)
);

CREATE INDEX ix_sales_target_outlet_id ON doc.sales_target (outlet_id, sales_target_id);

CREATE TABLE doc.shipment (
    shipment_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    mode TEXT NOT NULL,
    carrier TEXT,
    bill_of_lading TEXT COLLATE "C",
    dispatch_permit TEXT COLLATE "C",
    departure_date DATE NOT NULL,
    eta_date DATE NOT NULL,
    arrival_date DATE,
    freight_minor BIGINT,
    currency TEXT,
    cars JSONB NOT NULL,
    CONSTRAINT pk_shipment PRIMARY KEY (shipment_id),
    CONSTRAINT fk_shipment_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_shipment_state CHECK (state in ('planned', 'released', 'in_transit', 'arrived', 'received', 'claim')),
    CONSTRAINT ck_shipment_mode CHECK (mode in ('sea', 'rail', 'road', 'air')),
    CONSTRAINT ck_shipment_freight_minor CHECK (freight_minor >= 0),
    CONSTRAINT ck_shipment_rule_1 CHECK (eta_date >= departure_date),
    CONSTRAINT ck_shipment_rule_2 CHECK (arrival_date >= departure_date)
);

CREATE INDEX ix_shipment_outlet_id ON doc.shipment (outlet_id, shipment_id);

CREATE TABLE doc.staff (
    staff_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    given_name TEXT,
    family_name TEXT,
    phone TEXT,
    email TEXT,
    position TEXT NOT NULL,
    hired_date DATE NOT NULL,
    left_date DATE,
    CONSTRAINT pk_staff PRIMARY KEY (staff_id),
    CONSTRAINT fk_staff_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_staff_state CHECK (state in ('active', 'left')),
    CONSTRAINT ck_staff_position CHECK (position in ('consultant', 'advisor', 'technician', 'parts', 'cashier', 'dealer_manager')),
    CONSTRAINT ck_staff_rule_1 CHECK (left_date >= hired_date)
);

CREATE INDEX ix_staff_outlet_id ON doc.staff (outlet_id, staff_id);

CREATE TABLE doc.vehicle (
    vin TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    product_id TEXT COLLATE "C" NOT NULL,
    engine_no TEXT COLLATE "C",
    plant TEXT COLLATE "C",
    production_date DATE NOT NULL,
    registration_date DATE,
    usage TEXT,
    CONSTRAINT pk_vehicle PRIMARY KEY (vin),
    CONSTRAINT fk_vehicle_product_id FOREIGN KEY(product_id) REFERENCES doc.product (product_id),
    CONSTRAINT ck_vehicle_state CHECK (state in ('built', 'wholesaled', 'retailed', 'scrapped')),
    CONSTRAINT ck_vehicle_usage CHECK (usage in ('stock', 'demo', 'test_drive', 'fleet')),
    CONSTRAINT ck_vehicle_rule_1 CHECK (registration_date >= production_date)
);

CREATE TABLE doc.backorder_line (
    backorder_line_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    parts_order_id TEXT COLLATE "C" NOT NULL,
    line_no BIGINT NOT NULL,
    part_id TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL,
    owed_since_date DATE NOT NULL,
    eta_date DATE,
    CONSTRAINT pk_backorder_line PRIMARY KEY (backorder_line_id),
    CONSTRAINT fk_backorder_line_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_backorder_line_parts_order_id FOREIGN KEY(parts_order_id) REFERENCES doc.parts_order (parts_order_id),
    CONSTRAINT fk_backorder_line_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_backorder_line_state CHECK (state in ('open', 'allocated', 'filled', 'cancelled')),
    CONSTRAINT ck_backorder_line_line_no CHECK (line_no between 1 and 100000),
    CONSTRAINT ck_backorder_line_quantity CHECK (quantity between 1 and 1000000)
);

CREATE INDEX ix_backorder_line_outlet_id ON doc.backorder_line (outlet_id, backorder_line_id);

CREATE TABLE doc.lead (
    lead_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C",
    customer_id TEXT COLLATE "C",
    contact_name TEXT,
    contact_phone TEXT,
    contact_email TEXT,
    series TEXT COLLATE "C",
    level TEXT COLLATE "C",
    staff_id TEXT COLLATE "C",
    arrived_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_contact_at TIMESTAMP WITH TIME ZONE,
    lost_reason TEXT COLLATE "C",
    competitor TEXT,
    CONSTRAINT pk_lead PRIMARY KEY (lead_id),
    CONSTRAINT fk_lead_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_lead_customer_id FOREIGN KEY(customer_id) REFERENCES doc.customer_record (customer_id),
    CONSTRAINT fk_lead_staff_id FOREIGN KEY(staff_id) REFERENCES doc.staff (staff_id),
    CONSTRAINT ck_lead_state CHECK (state in ('new', 'valid', 'invalid', 'duplicate', 'assigned', 'following', 'order', 'lost', 'dormant')),
    CONSTRAINT ck_lead_rule_1 CHECK (first_contact_at >= arrived_at)
);

CREATE INDEX ix_lead_outlet_id ON doc.lead (outlet_id, lead_id);

CREATE TABLE doc.parts_shipment (
    parts_shipment_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    parts_order_id TEXT COLLATE "C" NOT NULL,
    supplier_outlet_code TEXT COLLATE "C" NOT NULL,
    shipped_at TIMESTAMP WITH TIME ZONE NOT NULL,
    eta_date DATE,
    received_at TIMESTAMP WITH TIME ZONE,
    lines JSONB NOT NULL,
    CONSTRAINT pk_parts_shipment PRIMARY KEY (parts_shipment_id),
    CONSTRAINT fk_parts_shipment_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_parts_shipment_parts_order_id FOREIGN KEY(parts_order_id) REFERENCES doc.parts_order (parts_order_id),
    CONSTRAINT fk_parts_shipment_supplier_outlet_code FOREIGN KEY(supplier_outlet_code) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT ck_parts_shipment_state CHECK (state in ('sent', 'received')),
    CONSTRAINT ck_parts_shipment_rule_1 CHECK (received_at >= shipped_at)
);

CREATE INDEX ix_parts_shipment_outlet_id ON doc.parts_shipment (outlet_id, parts_shipment_id);

CREATE TABLE doc.service_appointment (
    service_appointment_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    vin TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C",
    slot_at TIMESTAMP WITH TIME ZONE NOT NULL,
    jobs TEXT NOT NULL,
    staff_id TEXT COLLATE "C",
    parts JSONB,
    CONSTRAINT pk_service_appointment PRIMARY KEY (service_appointment_id),
    CONSTRAINT fk_service_appointment_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_service_appointment_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT fk_service_appointment_customer_id FOREIGN KEY(customer_id) REFERENCES doc.customer_record (customer_id),
    CONSTRAINT fk_service_appointment_staff_id FOREIGN KEY(staff_id) REFERENCES doc.staff (staff_id),
    CONSTRAINT ck_service_appointment_state CHECK (state in ('booked', 'confirmed', 'arrived', 'no_show', 'cancelled'))
);

CREATE INDEX ix_service_appointment_outlet_id ON doc.service_appointment (outlet_id, service_appointment_id);

CREATE TABLE doc.suggestion_decision (
    suggestion_decision_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    suggestion_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    part_id TEXT COLLATE "C" NOT NULL,
    decision TEXT NOT NULL,
    suggested_quantity BIGINT NOT NULL,
    decided_quantity BIGINT NOT NULL,
    reason TEXT,
    note TEXT,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    snooze_until_date DATE,
    parts_order_id TEXT COLLATE "C",
    CONSTRAINT pk_suggestion_decision PRIMARY KEY (suggestion_decision_id),
    CONSTRAINT fk_suggestion_decision_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_suggestion_decision_part_id FOREIGN KEY(part_id) REFERENCES doc.part (part_id),
    CONSTRAINT fk_suggestion_decision_parts_order_id FOREIGN KEY(parts_order_id) REFERENCES doc.parts_order (parts_order_id),
    CONSTRAINT ck_suggestion_decision_state CHECK (state in ('recorded')),
    CONSTRAINT ck_suggestion_decision_decision CHECK (decision in ('accept', 'edit', 'decline', 'snooze')),
    CONSTRAINT ck_suggestion_decision_suggested_quantity CHECK (suggested_quantity between 0 and 1000000),
    CONSTRAINT ck_suggestion_decision_decided_quantity CHECK (decided_quantity between 0 and 1000000),
    CONSTRAINT ck_suggestion_decision_reason CHECK (reason in ('too_much', 'too_little', 'customer_cancelled', 'local_event', 'no_space', 'no_budget', 'wrong_part', 'other_source', 'other'))
);

CREATE INDEX ix_suggestion_decision_outlet_id ON doc.suggestion_decision (outlet_id, suggestion_decision_id);

CREATE TABLE doc.vehicle_stock_move (
    vehicle_stock_move_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    vin TEXT COLLATE "C" NOT NULL,
    move_type TEXT NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    bay TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    CONSTRAINT pk_vehicle_stock_move PRIMARY KEY (vehicle_stock_move_id),
    CONSTRAINT fk_vehicle_stock_move_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_vehicle_stock_move_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT ck_vehicle_stock_move_state CHECK (state in ('posted')),
    CONSTRAINT ck_vehicle_stock_move_move_type CHECK (move_type in ('receipt', 'transfer_in', 'customer_return', 'issue', 'transfer_out', 'supplier_return', 'bay_move'))
);

CREATE INDEX ix_vehicle_stock_move_outlet_id ON doc.vehicle_stock_move (outlet_id, vehicle_stock_move_id);

CREATE TABLE doc.quotation (
    quotation_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    lead_id TEXT COLLATE "C" NOT NULL,
    product_id TEXT COLLATE "C" NOT NULL,
    price_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    valid_to_date DATE NOT NULL,
    CONSTRAINT pk_quotation PRIMARY KEY (quotation_id),
    CONSTRAINT fk_quotation_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_quotation_lead_id FOREIGN KEY(lead_id) REFERENCES doc.lead (lead_id),
    CONSTRAINT fk_quotation_product_id FOREIGN KEY(product_id) REFERENCES doc.product (product_id),
    CONSTRAINT ck_quotation_state CHECK (state in ('draft', 'sent', 'accepted', 'expired', 'rejected')),
    CONSTRAINT ck_quotation_price_minor CHECK (price_minor >= 0),
    CONSTRAINT ck_quotation_discount_minor CHECK (discount_minor >= 0),
    CONSTRAINT ck_quotation_rule_1 CHECK (coalesce(discount_minor, 0) <= price_minor)
);

CREATE INDEX ix_quotation_outlet_id ON doc.quotation (outlet_id, quotation_id);

CREATE TABLE doc.repair_order (
    repair_order_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    vin TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C",
    service_appointment_id TEXT COLLATE "C",
    staff_id TEXT COLLATE "C",
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    promised_at TIMESTAMP WITH TIME ZONE,
    ready_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    odometer_km BIGINT NOT NULL,
    complaint_code TEXT COLLATE "C" NOT NULL,
    estimate_minor BIGINT,
    currency TEXT NOT NULL,
    labour JSONB,
    parts JSONB,
    CONSTRAINT pk_repair_order PRIMARY KEY (repair_order_id),
    CONSTRAINT fk_repair_order_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_repair_order_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT fk_repair_order_customer_id FOREIGN KEY(customer_id) REFERENCES doc.customer_record (customer_id),
    CONSTRAINT fk_repair_order_service_appointment_id FOREIGN KEY(service_appointment_id) REFERENCES doc.service_appointment (service_appointment_id),
    CONSTRAINT fk_repair_order_staff_id FOREIGN KEY(staff_id) REFERENCES doc.staff (staff_id),
    CONSTRAINT ck_repair_order_state CHECK (state in ('open', 'quoted', 'approved', 'in_work', 'waiting_parts', 'qc', 'ready', 'settled', 'closed', 'cancelled')),
    CONSTRAINT ck_repair_order_odometer_km CHECK (odometer_km between 0 and 2000000),
    CONSTRAINT ck_repair_order_estimate_minor CHECK (estimate_minor >= 0),
    CONSTRAINT ck_repair_order_rule_1 CHECK (promised_at >= opened_at),
    CONSTRAINT ck_repair_order_rule_2 CHECK (ready_at >= opened_at),
    CONSTRAINT ck_repair_order_rule_3 CHECK (settled_at >= opened_at)
);

CREATE INDEX ix_repair_order_outlet_id ON doc.repair_order (outlet_id, repair_order_id);

CREATE TABLE doc.retail_order (
    retail_order_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    lead_id TEXT COLLATE "C",
    product_id TEXT COLLATE "C" NOT NULL,
    vin TEXT COLLATE "C",
    staff_id TEXT COLLATE "C",
    price_minor BIGINT NOT NULL,
    deposit_minor BIGINT,
    currency TEXT NOT NULL,
    ordered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    promised_date DATE,
    CONSTRAINT pk_retail_order PRIMARY KEY (retail_order_id),
    CONSTRAINT fk_retail_order_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_retail_order_customer_id FOREIGN KEY(customer_id) REFERENCES doc.customer_record (customer_id),
    CONSTRAINT fk_retail_order_lead_id FOREIGN KEY(lead_id) REFERENCES doc.lead (lead_id),
    CONSTRAINT fk_retail_order_product_id FOREIGN KEY(product_id) REFERENCES doc.product (product_id),
    CONSTRAINT fk_retail_order_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT fk_retail_order_staff_id FOREIGN KEY(staff_id) REFERENCES doc.staff (staff_id),
    CONSTRAINT ck_retail_order_state CHECK (state in ('draft', 'signed', 'approved', 'matched', 'delivered', 'cancelled')),
    CONSTRAINT ck_retail_order_price_minor CHECK (price_minor >= 0),
    CONSTRAINT ck_retail_order_deposit_minor CHECK (deposit_minor >= 0),
    CONSTRAINT ck_retail_order_rule_1 CHECK (coalesce(deposit_minor, 0) <= price_minor)
);

CREATE INDEX ix_retail_order_outlet_id ON doc.retail_order (outlet_id, retail_order_id);

CREATE TABLE doc.test_drive (
    test_drive_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    lead_id TEXT COLLATE "C" NOT NULL,
    vin TEXT COLLATE "C",
    slot_at TIMESTAMP WITH TIME ZONE NOT NULL,
    has_consent BOOLEAN NOT NULL,
    score BIGINT,
    CONSTRAINT pk_test_drive PRIMARY KEY (test_drive_id),
    CONSTRAINT fk_test_drive_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_test_drive_lead_id FOREIGN KEY(lead_id) REFERENCES doc.lead (lead_id),
    CONSTRAINT fk_test_drive_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT ck_test_drive_state CHECK (state in ('booked', 'done', 'no_show', 'cancelled')),
    CONSTRAINT ck_test_drive_score CHECK (score between 1 and 10)
);

CREATE INDEX ix_test_drive_outlet_id ON doc.test_drive (outlet_id, test_drive_id);

CREATE TABLE doc.traffic_visit (
    traffic_visit_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    arrived_at TIMESTAMP WITH TIME ZONE NOT NULL,
    left_at TIMESTAMP WITH TIME ZONE,
    party_size BIGINT NOT NULL,
    visit_type TEXT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    staff_id TEXT COLLATE "C",
    customer_id TEXT COLLATE "C",
    lead_id TEXT COLLATE "C",
    has_card BOOLEAN NOT NULL,
    CONSTRAINT pk_traffic_visit PRIMARY KEY (traffic_visit_id),
    CONSTRAINT fk_traffic_visit_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_traffic_visit_staff_id FOREIGN KEY(staff_id) REFERENCES doc.staff (staff_id),
    CONSTRAINT fk_traffic_visit_customer_id FOREIGN KEY(customer_id) REFERENCES doc.customer_record (customer_id),
    CONSTRAINT fk_traffic_visit_lead_id FOREIGN KEY(lead_id) REFERENCES doc.lead (lead_id),
    CONSTRAINT ck_traffic_visit_state CHECK (state in ('open', 'closed')),
    CONSTRAINT ck_traffic_visit_party_size CHECK (party_size between 1 and 100),
    CONSTRAINT ck_traffic_visit_visit_type CHECK (visit_type in ('first', 'return', 'lead_invite', 'referral', 'phone')),
    CONSTRAINT ck_traffic_visit_rule_1 CHECK (left_at >= arrived_at)
);

CREATE INDEX ix_traffic_visit_outlet_id ON doc.traffic_visit (outlet_id, traffic_visit_id);

CREATE TABLE doc.retail_delivery (
    retail_delivery_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    vin TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    retail_order_id TEXT COLLATE "C",
    lead_id TEXT COLLATE "C",
    staff_id TEXT COLLATE "C",
    delivered_date DATE NOT NULL,
    warranty_start_date DATE NOT NULL,
    odometer_km BIGINT NOT NULL,
    invoice_no TEXT COLLATE "C",
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    sales_channel TEXT NOT NULL,
    CONSTRAINT pk_retail_delivery PRIMARY KEY (retail_delivery_id),
    CONSTRAINT fk_retail_delivery_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_retail_delivery_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT fk_retail_delivery_customer_id FOREIGN KEY(customer_id) REFERENCES doc.customer_record (customer_id),
    CONSTRAINT fk_retail_delivery_retail_order_id FOREIGN KEY(retail_order_id) REFERENCES doc.retail_order (retail_order_id),
    CONSTRAINT fk_retail_delivery_lead_id FOREIGN KEY(lead_id) REFERENCES doc.lead (lead_id),
    CONSTRAINT fk_retail_delivery_staff_id FOREIGN KEY(staff_id) REFERENCES doc.staff (staff_id),
    CONSTRAINT ck_retail_delivery_state CHECK (state in ('reported', 'audited', 'rejected', 'reversed')),
    CONSTRAINT ck_retail_delivery_odometer_km CHECK (odometer_km between 0 and 2000000),
    CONSTRAINT ck_retail_delivery_price_minor CHECK (price_minor >= 0),
    CONSTRAINT ck_retail_delivery_sales_channel CHECK (sales_channel in ('retail', 'key_account', 'direct')),
    CONSTRAINT ck_retail_delivery_rule_1 CHECK (warranty_start_date >= delivered_date)
);

CREATE INDEX ix_retail_delivery_outlet_id ON doc.retail_delivery (outlet_id, retail_delivery_id);

CREATE TABLE doc.vehicle_order (
    vehicle_order_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    order_type TEXT NOT NULL,
    priority BIGINT NOT NULL,
    retail_order_id TEXT COLLATE "C",
    product_id TEXT COLLATE "C" NOT NULL,
    ordered_date DATE NOT NULL,
    wanted_date DATE,
    promised_date DATE,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fund_type TEXT COLLATE "C",
    vin TEXT COLLATE "C",
    reject_reason TEXT,
    CONSTRAINT pk_vehicle_order PRIMARY KEY (vehicle_order_id),
    CONSTRAINT fk_vehicle_order_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_vehicle_order_retail_order_id FOREIGN KEY(retail_order_id) REFERENCES doc.retail_order (retail_order_id),
    CONSTRAINT fk_vehicle_order_product_id FOREIGN KEY(product_id) REFERENCES doc.product (product_id),
    CONSTRAINT fk_vehicle_order_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT ck_vehicle_order_state CHECK (state in ('draft', 'submitted', 'fund_checked', 'approved', 'rejected', 'consolidated', 'scheduled', 'produced', 'allocated', 'dispatched', 'received', 'closed', 'cancelled')),
    CONSTRAINT ck_vehicle_order_order_type CHECK (order_type in ('stock', 'customer', 'special', 'key_account')),
    CONSTRAINT ck_vehicle_order_priority CHECK (priority between 1 and 9),
    CONSTRAINT ck_vehicle_order_price_minor CHECK (price_minor >= 0)
);

CREATE INDEX ix_vehicle_order_outlet_id ON doc.vehicle_order (outlet_id, vehicle_order_id);

CREATE TABLE doc.warranty_claim (
    warranty_claim_id TEXT COLLATE "C" NOT NULL,
    outlet_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_by TEXT NOT NULL,
    repair_order_id TEXT COLLATE "C" NOT NULL,
    vin TEXT COLLATE "C" NOT NULL,
    causal_part_id TEXT COLLATE "C",
    failure_code TEXT COLLATE "C" NOT NULL,
    odometer_km BIGINT NOT NULL,
    repaired_date DATE NOT NULL,
    submitted_date DATE,
    decided_date DATE,
    labour_minor BIGINT NOT NULL,
    parts_minor BIGINT NOT NULL,
    sublet_minor BIGINT,
    approved_minor BIGINT,
    currency TEXT NOT NULL,
    reason TEXT COLLATE "C",
    CONSTRAINT pk_warranty_claim PRIMARY KEY (warranty_claim_id),
    CONSTRAINT fk_warranty_claim_outlet_id FOREIGN KEY(outlet_id) REFERENCES doc.outlet (outlet_code),
    CONSTRAINT fk_warranty_claim_repair_order_id FOREIGN KEY(repair_order_id) REFERENCES doc.repair_order (repair_order_id),
    CONSTRAINT fk_warranty_claim_vin FOREIGN KEY(vin) REFERENCES doc.vehicle (vin),
    CONSTRAINT fk_warranty_claim_causal_part_id FOREIGN KEY(causal_part_id) REFERENCES doc.part (part_id),
    CONSTRAINT ck_warranty_claim_state CHECK (state in ('draft', 'submitted', 'auto_checked', 'approved', 'part_approved', 'returned', 'rejected', 'settled')),
    CONSTRAINT ck_warranty_claim_odometer_km CHECK (odometer_km between 0 and 2000000),
    CONSTRAINT ck_warranty_claim_labour_minor CHECK (labour_minor >= 0),
    CONSTRAINT ck_warranty_claim_parts_minor CHECK (parts_minor >= 0),
    CONSTRAINT ck_warranty_claim_sublet_minor CHECK (sublet_minor >= 0),
    CONSTRAINT ck_warranty_claim_approved_minor CHECK (approved_minor >= 0),
    CONSTRAINT ck_warranty_claim_rule_1 CHECK (submitted_date >= repaired_date),
    CONSTRAINT ck_warranty_claim_rule_2 CHECK (decided_date >= submitted_date)
);

CREATE INDEX ix_warranty_claim_outlet_id ON doc.warranty_claim (outlet_id, warranty_claim_id);

insert into api.feed default values
