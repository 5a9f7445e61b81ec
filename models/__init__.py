"""Statistical models of one entity: who is this customer, will this lead buy, will this owner return.

Not data contracts, which are read off `operational_api.documents`, and not SQL, which is in
`dbt_project/models`. Where the index is time instead of an entity, the code is in `forecasting`.
"""
