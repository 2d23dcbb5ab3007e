import Foundation

// Reads the Swift files of a target and writes the list of its types that conform to `Check` or `CheckFamily`, sorted by name.
// Usage: catalogue-generator OUTPUT.swift NAME SOURCE.swift ...
//
// A declaration is recognised in the one form the house uses, at the start of a line: `struct Name: Check {`. A test
// compares the lists with the conformances in the built product, so that no other form is left out in silence.

let declaration = #/^(?:public |package )?struct (\w+): (Check|CheckFamily)\b/#.anchorsMatchLineEndings()

let (output, name) = (CommandLine.arguments[1], CommandLine.arguments[2])
// What the AWS snapshot holds is recognised alike: `public static let name = AWSItem("name"`.
let item = #/^    public static let (\w+) = AWSItem\(/#.anchorsMatchLineEndings()

var checks: [String] = []
var items: [String] = []
var families: [String] = []
for path in CommandLine.arguments.dropFirst(3) {
    let source = try String(contentsOfFile: path, encoding: .utf8)
    items += source.matches(of: item).map { String($0.1) }
    for match in source.matches(of: declaration) {
        if match.2 == "Check" { checks.append(String(match.1)) } else { families.append(String(match.1)) }
    }
}

func list(_ names: [String]) -> String {
    names.sorted().map { "            \($0)(),\n" }.joined()
}

let allItems =
    items.isEmpty
    ? ""
    : """

    extension AWSItem {
        /// Every item, by name.
        public static let allCases: [AWSItem] = [
    \(items.sorted().map { "        .\($0),\n" }.joined())    ]
    }

    """
let generated = """
    import CheckKit

    /// Every check of this target.
    public enum \(name) {
        public static let list = CheckList(
            checks: [
    \(list(checks))        ],
            families: [
    \(list(families))        ])
    }
    \(allItems)
    """
// An unchanged list is left alone, so that what reads it is not built again.
if (try? String(contentsOfFile: output, encoding: .utf8)) != generated {
    try generated.write(toFile: output, atomically: true, encoding: .utf8)
}
