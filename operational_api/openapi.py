"""OpenAPI of the document routes, read off the declarations, merged into what FastAPI knows of the others."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from operational_api import adf, delfor, payload, star
from operational_api.document import Document, Field, Kind
from operational_api.documents import DOCUMENTS
from operational_api.insights.formats import MEDIA_TYPES
from operational_api.payload_errors import field_rule
from operational_api.policy import MASK, may_be_masked
from operational_api.sheets import MEDIA_TYPES as SHEET_TYPES
from operational_api.sheets import MOST_EXPORTED, Sheet

Schema = dict[str, Any]
_FORMATS: dict[Kind, Schema] = {
    Kind.INTEGER: {"type": "integer", "format": "int64"},
    Kind.MONEY: {"type": "integer", "format": "int64"},
    Kind.DECIMAL: {"anyOf": [{"type": "number"}, {"type": "string", "format": "decimal"}]},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.MONTH: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.VIN: {"type": "string", "pattern": "^[A-HJ-NPR-Z0-9]{17}$"},
    Kind.EMAIL: {"type": "string", "format": "email", "maxLength": payload.EMAIL_LENGTH},
    Kind.PHONE: {"type": "string", "maxLength": payload.PHONE_LENGTH},
    Kind.COUNTRY: {"type": "string", "pattern": "^[A-Z]{2}$"},
    Kind.CURRENCY: {"type": "string", "pattern": "^[A-Z]{3}$"},
}
_PROBLEMS = {
    "400": "The request itself is wrong",
    "401": "Not signed in",
    "403": "Not permitted",
    "404": "Not there, for you",
    "409": "State, key or a request under way stands against it",
    "412": "Changed since you read it",
    "413": "Too large",
    "422": "A field broke a rule",
    "428": "If-Match is missing",
    "429": "More requests than a minute allows",
    "503": "Come again",
}
_READ_PROBLEMS, _OPEN_PROBLEMS = (
    ("401", "404", "422", "429", "503"),
    ("400", "401", "403", "404", "409", "413", "422", "429", "503"),
)
_CHANGE_PROBLEMS = (*_OPEN_PROBLEMS, "412", "428")
_OTHER_PROBLEMS = ("400", "401", "403", "404", "422", "429", "503")
_OPEN_TO_ALL = frozenset({"/healthz", "/.well-known/jwks.json"})
# What a table is written in beside JSON: MEDIA_TYPES of insights, without the parameters.
_FORMATS_OF_TABLES = tuple(kind.partition(";")[0] for kind in MEDIA_TYPES.values())
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "maxLength": 200},
    "description": "One new random text per request you mean to make; a repeat gets the first answer.",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag you last saw.",
}
_KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}


def install(app: FastAPI) -> None:
    """`/openapi.json` and `/docs` show the document routes too."""
    described = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            schema = described()
            _describe_others(schema["paths"])
            schema["paths"] = {**schema["paths"], **document_paths()}
            components = schema.setdefault("components", {})
            components.setdefault("schemas", {}).update(document_schemas())
            components["securitySchemes"] = _SECURITY
            schema["security"] = [{"password": []}, {"api_key": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_others(paths: Schema) -> None:
    """What FastAPI cannot know of the other routes: their refusals, and the formats they answer in."""
    for path, operations in paths.items():
        for operation in operations.values():
            answers = operation["responses"]
            if path not in _OPEN_TO_ALL:
                answers |= _refusals(_OTHER_PROBLEMS)
            formats = next((p for p in operation.get("parameters", ()) if p["name"] == "format"), None)
            if formats is not None:
                answers["200"]["content"] |= {kind: {"schema": {}} for kind in _FORMATS_OF_TABLES}


def _refusals(codes: tuple[str, ...]) -> Schema:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {code: {"description": _PROBLEMS[code], "content": content} for code in codes}


def document_paths() -> Schema:
    """Every address of every collection."""
    paths: Schema = {}
    for document in DOCUMENTS:
        base = f"/v1/{document.collection}"
        paths[base] = {"get": _page(document), "post": _open(document)}
        paths[f"{base}/bulk"] = {"post": _bulk(document)}
        for sheet in Sheet:
            paths[f"{base}/template.{sheet}"] = {"get": _template(document, sheet)}
        if document.name == "call_off":
            paths[f"{base}/delfor"] = {"post": _open_delfor(document)}
        if document.name == "lead":
            paths[f"{base}/adf"] = {
                "post": _open_from(document, "adf", "an ADF message with one prospect", adf.MEDIA_TYPE)
            }
        if document.name in star.NOUNS:
            paths[f"{base}/star"] = {"post": _open_star(document)}
            paths[f"{base}/{{key}}/star"] = {"get": _read_star(document)}
        paths[f"{base}/{{key}}"] = {"get": _read(document)}
        if document.amend_in:
            paths[f"{base}/{{key}}"]["patch"] = _change(document, "amend")
        paths[f"{base}/{{key}}/history"] = {"get": _history(document)}
        for action in payload.actions(document):
            if action != "amend":
                paths[f"{base}/{{key}}/{action}"] = {"post": _change(document, action)}
    return paths


def document_schemas() -> Schema:
    schemas: Schema = {"Problem": _PROBLEM, "BulkAnswer": _BULK_ANSWER}
    for document in DOCUMENTS:
        schemas[document.name] = _answer_schema(document)
        schemas[f"{document.name}_opening"] = _opening_schema(document)
        for action in payload.actions(document):
            fields = payload.accepted_fields(document, action)
            data = _object({f.name: _nullable(f) for f in fields}, ())
            needed = {n for m in document.moves if m.name == action for n in m.needs}
            data["description"] = (
                f"Must hold a value afterwards: {', '.join(sorted(needed)) or 'nothing more'}."
            )
            schemas[f"{document.name}_{action}"] = _object({"effective_at": _INSTANT, "data": data}, ())
    return schemas


def field_schema(field: Field) -> Schema:
    """JSON Schema of one field."""
    schema: Schema = dict(_FORMATS.get(field.kind, {"type": "string", "maxLength": field.max_length}))
    if field.kind is Kind.CODE:
        schema["pattern"] = "^[A-Za-z0-9._/:\\-]+$"
    if field.kind is Kind.CHOICE:
        schema = {"type": "string", "enum": list(field.choices)}
    if field.kind is Kind.LINES:
        line = _object(
            {f.name: field_schema(f) for f in field.lines}, [f.name for f in field.lines if f.required]
        )
        schema = {"type": "array", "items": line, "maxItems": payload.MAX_LINES}
    schema |= {} if field.minimum is None else {"minimum": field.minimum}
    schema |= {} if field.maximum is None else {"maximum": field.maximum}
    refers = f" Key of a {field.ref}." if field.ref else ""
    return {
        **schema,
        "title": field.name,
        "description": f"{field.meaning}{refers} Write {field_rule(field)}.",
    }


def _nullable(field: Field) -> Schema:
    return field_schema(field) if field.required else {"anyOf": [field_schema(field), {"type": "null"}]}


def _shown_schema(document: Document, field: Field) -> Schema:
    """A field as it is answered: some callers see the mask."""
    schema = field_schema(field)
    if not may_be_masked(document, field):
        return schema
    told = {name: schema.pop(name) for name in ("title", "description")}
    return {**told, "anyOf": [schema, {"type": "string", "const": MASK}]}


def _opening_schema(document: Document) -> Schema:
    required = [f.name for f in document.entered if f.required]
    data = _object({f.name: _nullable(f) for f in document.entered}, required)
    members = {
        "key": {"type": "string", "description": "Left out: the API makes one."},
        "state": {"type": "string", "enum": list(document.opens_in)},
        "effective_at": _INSTANT,
        "data": data,
    }
    if document.is_tenant:
        members["outlet_id"] = {"type": "string", "description": "May be left out by who serves one outlet."}
    return _object(members, ("data",))


def _answer_schema(document: Document) -> Schema:
    instants = dict.fromkeys(("effective_at", "created_at", "updated_at"), _INSTANT)
    texts = dict.fromkeys(("key", "created_by", "updated_by"), _TEXT)
    state = {"type": "string", "enum": list(document.states)}
    data = _object({f.name: _shown_schema(document, f) for f in document.fields}, ())
    outlet = {"type": ["string", "null"]}
    members = {
        **texts,
        **instants,
        "state": state,
        "version": {"type": "integer"},
        "outlet_id": outlet,
        "data": data,
    }
    return {**_object(members, list(members)), "description": document.meaning}


def _page(document: Document) -> Schema:
    names = [
        "state",
        *(["outlet_id"] if document.is_tenant else []),
        *(f.name for f in document.fields if f.kind not in {Kind.LINES, Kind.DECIMAL}),
    ]
    filters = [_query(name, "Equal to.") for name in names]
    for f in document.fields:
        if f.kind in {Kind.DATE, Kind.MONTH, Kind.INSTANT}:
            filters += [_query(f"{f.name}_from", "Not before."), _query(f"{f.name}_to", "Not after.")]
    page = _object(
        {"items": {"type": "array", "items": _ref(document.name)}, "next": {"type": ["string", "null"]}},
        ("items", "next"),
    )
    paging = [
        _query("limit", "1 to 500, default 50."),
        _query("after", "`next` of the page before."),
        _query("order", "`key`, or `-key` for newest first."),
        _query("keys", "Only these, 500 at most, with commas between them."),
        _query(
            "format",
            f"`json`, or `csv` or `xlsx` for a file of all that is found, {MOST_EXPORTED:,} at most.",
        ),
    ]
    operation = _operation(
        document,
        f"list_{document.name}",
        f"Documents by key: {document.meaning}",
        page,
        [*paging, *filters],
        _READ_PROBLEMS,
    )
    for sheet in Sheet:
        operation["responses"]["200"]["content"] |= _file(sheet)
    return operation


def _open(document: Document) -> Schema:
    operation = _operation(
        document,
        f"open_{document.name}",
        f"Open a {_words(document)}",
        _ref(document.name),
        [_IDEMPOTENCY_KEY],
        _OPEN_PROBLEMS,
        status="201",
    )
    return {**operation, "requestBody": _json_body(_ref(f"{document.name}_opening"))}


def _bulk(document: Document) -> Schema:
    summary = (
        f"Write many lines on {_words(document)} documents: openings, amends, moves; one JSON object a line"
    )
    operation = _operation(
        document,
        f"bulk_{document.name}",
        summary,
        _ref("BulkAnswer"),
        [_IDEMPOTENCY_KEY, _query("history", "`true`: what happened elsewhere; administrators only.")],
        _OPEN_PROBLEMS,
    )
    return {
        **operation,
        "requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": {}}}},
    }


def _open_star(document: Document) -> Schema:
    said = f"a Process{star.NOUNS[document.name].name} message"
    return _open_from(document, "star", said, star.MEDIA_TYPE)


def _open_delfor(document: Document) -> Schema:
    return _open_from(
        document, "delfor", "a DELFOR message, which replaces the one before it", delfor.MEDIA_TYPE
    )


def _open_from(document: Document, way: str, said: str, media_type: str) -> Schema:
    operation = _operation(
        document,
        f"open_{way}_{document.name}",
        f"Open a {_words(document)} from {said}",
        _ref(document.name),
        [_IDEMPOTENCY_KEY],
        _OPEN_PROBLEMS,
        status="201",
    )
    content = {media_type: {"schema": {"type": "string"}}}
    return {**operation, "requestBody": {"required": True, "content": content}}


def _read_star(document: Document) -> Schema:
    noun = star.NOUNS[document.name].name
    operation = _operation(
        document, f"get_star_{document.name}", f"Read a {_words(document)} as Show{noun}", {}, [_KEY],
        _READ_PROBLEMS,
    )  # fmt: skip
    operation["responses"]["200"]["content"] = {star.MEDIA_TYPE: {"schema": {"type": "string"}}}
    return operation


def _template(document: Document, sheet: Sheet) -> Schema:
    summary = f"An empty {sheet} file of {_words(document)} documents, to fill in and import"
    operation = _operation(document, f"template_{sheet}_{document.name}", summary, {}, [], _READ_PROBLEMS)
    operation["responses"]["200"]["content"] = _file(sheet)
    return operation


def _file(sheet: Sheet) -> Schema:
    return {SHEET_TYPES[sheet].partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}}


def _read(document: Document) -> Schema:
    return _operation(
        document,
        f"get_{document.name}",
        f"Read a {_words(document)}",
        _ref(document.name),
        [_KEY],
        _READ_PROBLEMS,
    )


def _history(document: Document) -> Schema:
    entry = {"type": "array", "items": {"type": "object"}}
    return _operation(
        document, f"history_{document.name}", "Who changed which field when", entry, [_KEY], _READ_PROBLEMS
    )


def _change(document: Document, action: str) -> Schema:
    operation = _operation(
        document,
        f"{action}_{document.name}",
        f"{action} a {_words(document)}".capitalize(),
        _ref(document.name),
        [_KEY, _IF_MATCH, {**_IDEMPOTENCY_KEY, "required": False}],
        _CHANGE_PROBLEMS,
    )
    return {**operation, "requestBody": _json_body(_ref(f"{document.name}_{action}"))}


def _operation(
    document: Document,
    operation_id: str,
    summary: str,
    answer: Schema,
    parameters: list[Schema],
    problems: tuple[str, ...],
    *,
    status: str = "200",
) -> Schema:
    done = {"description": "Done", "content": {"application/json": {"schema": answer}}}
    return {
        "operationId": operation_id,
        "summary": summary.replace("_", " "),
        "tags": [document.area],
        "parameters": parameters,
        "responses": {status: done, **_refusals(problems)},
    }


def _words(document: Document) -> str:
    return document.name.replace("_", " ")


def _query(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": description,
    }


def _json_body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _object(properties: Schema, required: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_INSTANT: Schema = {"type": "string", "format": "date-time"}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FIELD_ERROR = _object(
    {
        **dict.fromkeys(("field", "rule", "remedy"), _TEXT),
        "suggestions": {"type": "array", "items": _TEXT},
    },
    ("field", "rule", "remedy"),
)
_PROBLEM = _object(
    {
        **dict.fromkeys(("type", "title", "detail", "request_id"), _TEXT),
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
    ("type", "title", "status", "detail", "errors", "request_id"),
)
_LINE_ERROR = _object(
    {
        "row": _COUNT,
        "key": {"type": ["string", "null"]},
        **dict.fromkeys(("field", "rule", "remedy", "code"), _TEXT),
    },
    ("row", "field", "rule"),
)
_BULK_ANSWER = _object(
    {
        **dict.fromkeys(("received", "accepted", "duplicate", "rejected"), _COUNT),
        "errors": {"type": "array", "items": _LINE_ERROR},
    },
    ("received", "accepted", "duplicate", "rejected", "errors"),
)
_SECURITY: Schema = {
    "password": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {}}}},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
