"""C# enums, and the conversion to and from their values in JSON."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import GraphQLEnumType

from tools.unity_codegen.csharp import block, enum_member_name, literal, source, summary, type_name, words

_UNKNOWN = "A value of a newer server that this version of the package does not know."


def enum_source(enum: GraphQLEnumType, is_chosen: bool) -> str:
    """`is_chosen`: whether inputs have the enum, so that a player may choose one of its values in a dropdown."""
    values = [(name, value.description or "") for name, value in enum.values.items()]
    return enum_like_source(type_name(enum.name), enum.description or "", values, is_chosen)


def enum_like_source(name: str, description: str, values: Sequence[tuple[str, str]], is_chosen: bool = False) -> str:
    """An enum with a member for each of `values`, pairs of a value in JSON and its description."""
    members = [*summary(_UNKNOWN), "Unknown = 0,"]
    for word, text in values:
        members += ["", *summary(text or words(word)), f"{enum_member_name(word)},"]
    head = summary(description or f"The values of {name}.")
    names = [word for word, _ in values]
    choices = [*_choices(name, names), ""] if is_chosen else []
    using = ["System", "System.Collections.Generic"] if is_chosen else []
    return source([*head, *block(f"public enum {name}", members), "", *choices, *_words(name, names)], using)


def _choices(name: str, values: Sequence[str]) -> list[str]:
    """The class for dropdowns, whose first entry has the index 0. The enum begins with Unknown, so a cast would be wrong."""
    members = [f"{name}.{enum_member_name(value)}" for value in values]
    texts = [literal(words(value).rstrip(".")) for value in values]
    at = ["for (int i = 0; i < All.Count; i++) if (All[i] == value) return i;", "return -1;"]
    return [
        *summary(
            f"The values of `{name}` for a dropdown, without Unknown. Take `All[dropdown.value]`: a cast of the index "
            "would be wrong by one."
        ),
        *block(
            f"public static class {_plural(name)}",
            [
                *summary("The values, in the order of the schema."),
                f"public static IReadOnlyList<{name}> All {{ get; }} = Array.AsReadOnly(new[]",
                "{",
                *(f"    {member}," for member in members),
                "});",
                "",
                *summary("The English name of each value of All, in the same order."),
                "public static IReadOnlyList<string> Names { get; } = Array.AsReadOnly(new[]",
                "{",
                *(f"    {text}," for text in texts),
                "});",
                "",
                *summary("The index of a value in All; -1 for Unknown."),
                *block(f"public static int IndexOf({name} value)", at),
            ],
        ),
    ]


def _plural(name: str) -> str:
    """PartySort -> PartySorts, LobbyVisibility -> LobbyVisibilities, SessionStatus -> SessionStatuses"""
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _words(name: str, values: Sequence[str]) -> list[str]:
    return block(
        f"internal static class {name}Words",
        [*_reading(name), "", *_of_word(name, values), "", *_word_of(name, values)],
    )


def _reading(name: str) -> list[str]:
    return [
        *block(f"public static {name} Read(LobbyJsonReader reader)", ["return Of(reader.ReadString());"]),
        "",
        *block(
            f"public static {name}? ReadOrNull(LobbyJsonReader reader)",
            [f"return reader.TryReadNull() ? ({name}?)null : Read(reader);"],
        ),
    ]


def _of_word(name: str, values: Sequence[str]) -> list[str]:
    cases = [f"case {literal(word)}: return {name}.{enum_member_name(word)};" for word in values]
    switch = block("switch (word)", [*cases, f"default: return {name}.Unknown;"])
    return block(f"public static {name} Of(string? word)", switch)


def _word_of(name: str, values: Sequence[str]) -> list[str]:
    cases = [f"case {name}.{enum_member_name(word)}: return {literal(word)};" for word in values]
    refusal = 'default: throw new System.ArgumentException("This value cannot be sent: " + value + ".");'
    switch = block("switch (value)", ["case null: return null;", *cases, refusal])
    return [
        "/// <summary>Null for null. Throws <c>ArgumentException</c> for Unknown.</summary>",
        *block(f"public static string? Word({name}? value)", switch),
    ]
