"""C# enums, and the conversion to and from their values in JSON."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import GraphQLEnumType

from tools.unity_codegen.csharp import block, enum_member_name, literal, source, summary, type_name, words

_UNKNOWN = "A value of a newer server that this version of the package does not know."


def enum_source(enum: GraphQLEnumType) -> str:
    values = [(name, value.description or "") for name, value in enum.values.items()]
    return enum_like_source(type_name(enum.name), enum.description or "", values)


def enum_like_source(name: str, description: str, values: Sequence[tuple[str, str]]) -> str:
    """An enum with a member for each of `values`, pairs of a value in JSON and its description."""
    members = [*summary(_UNKNOWN), "Unknown = 0,"]
    for word, text in values:
        members += ["", *summary(text or words(word)), f"{enum_member_name(word)},"]
    head = summary(description or f"The values of {name}.")
    return source([*head, *block(f"public enum {name}", members), "", *_words(name, [word for word, _ in values])])


def _words(name: str, values: Sequence[str]) -> list[str]:
    return block(
        f"internal static class {name}Words",
        [*_reading(name), "", *_of_word(name, values), "", *_word_of(name, values)],
    )


def _reading(name: str) -> list[str]:
    return [
        *block(f"public static {name} Read(JsonReader reader)", ["return Of(reader.ReadString());"]),
        "",
        *block(
            f"public static {name}? ReadOrNull(JsonReader reader)",
            [f"return reader.TryReadNull() ? ({name}?)null : Read(reader);"],
        ),
    ]


def _of_word(name: str, values: Sequence[str]) -> list[str]:
    cases = [f"case {literal(word)}: return {name}.{enum_member_name(word)};" for word in values]
    switch = block("switch (word)", [*cases, f"default: return {name}.Unknown;"])
    return block(f"public static {name} Of(string word)", switch)


def _word_of(name: str, values: Sequence[str]) -> list[str]:
    cases = [f"case {name}.{enum_member_name(word)}: return {literal(word)};" for word in values]
    refusal = 'default: throw new System.ArgumentException("This value cannot be sent: " + value + ".");'
    switch = block("switch (value)", ["case null: return null;", *cases, refusal])
    return [
        "/// <summary>Null for null. Throws <c>ArgumentException</c> for Unknown.</summary>",
        *block(f"public static string Word({name}? value)", switch),
    ]
