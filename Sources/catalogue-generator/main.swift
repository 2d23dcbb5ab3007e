import Foundation

// Reads Swift files and writes the list of the types that conform to `Check` or `CheckFamily`, sorted by name.
// Usage: catalogue-generator OUTPUT.swift SOURCE.swift ...
//
// A declaration is recognised in the one form the house uses, at the start of a line: `struct Name: Check {`.

let declaration = #/^(?:public )?struct (\w+): (Check|CheckFamily)\b/#.anchorsMatchLineEndings()

var checks: [String] = []
var families: [String] = []
for path in CommandLine.arguments.dropFirst(2) {
    let source = try String(contentsOfFile: path, encoding: .utf8)
    for match in source.matches(of: declaration) {
        if match.2 == "Check" { checks.append(String(match.1)) } else { families.append(String(match.1)) }
    }
}

func list(_ names: [String]) -> String {
    names.sorted().map { "        \($0)(),\n" }.joined()
}

let generated = """
    extension Catalogue {
        static let registeredChecks: [any Check] = [
    \(list(checks))    ]

        static let registeredFamilies: [any CheckFamily] = [
    \(list(families))    ]
    }

    """
try generated.write(toFile: CommandLine.arguments[1], atomically: true, encoding: .utf8)
