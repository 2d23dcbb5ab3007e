import Diagnosis
import RunModel

/// `repro/<finding>.sh`: tells with plain tools whether the fault of a finding is still there.
///
/// It ends with 0 when the fault is gone, with 1 while it is there, and with 2 when it could not tell.
struct ReproductionScript {
    let finding: FindingRow
    let verification: Verification

    init(_ finding: FindingRow) {
        self.finding = finding
        verification = finding.verification
    }

    var text: String {
        ([
            "#!/usr/bin/env bash",
            ShellText.comment("\(finding.finding.id): \(finding.finding.title)"),
            ShellText.comment("Check \(finding.finding.root): \(finding.root?.title ?? "")"),
            "# Ends with 0 when the fault is gone, with 1 while it is there, with 2 when it could not tell.",
            ShellText.comment("Reads: \(readings)"),
        ] + oneLine + [
            "set -u",
            "# Programs say what is wrong in the words that are looked for below.",
            "export LC_ALL=C",
            "tell() { printf '%s\\n' \"$2\"; exit \"$1\"; }",
        ] + needs + body).joined(separator: "\n") + "\n"
    }

    /// The environment variables without which it cannot tell.
    var variables: [String] {
        verification.tool == .plumbline
            ? finding.document.header.variables ?? [] : ShellText.variables(in: verification.command)
    }

    /// The line that documents print, where it stands on one line and nothing in it is hidden.
    private var oneLine: [String] {
        let line = verification.line
        return VisibleText.line(line, limit: line.count + 1) == line ? ["# In one line: \(line)"] : []
    }

    /// The variables that it reads, in words.
    var readings: String {
        guard verification.tool == .plumbline else {
            let own = verification.tool == .aws ? ["the AWS CLI's credentials"] : []
            let all = variables + own
            return all.isEmpty ? "no environment variable" : all.joined(separator: ", ")
        }
        let program = "PLUMBLINE, PLUMBLINE_CONFIG and PLUMBLINE_STATE where they are set"
        return variables.isEmpty ? program : "\(variables.joined(separator: ", ")), and \(program)"
    }

    private var needs: [String] {
        let program = verification.tool == .plumbline ? "\"${PLUMBLINE:-plumbline}\"" : verification.tool.rawValue
        return [
            "command -v \(program) >/dev/null 2>&1 || tell 2 \(ShellText.quoted("\(verification.tool.rawValue) is not installed here"))"
        ]
            + variables.map { "[ -n \"${\($0):-}\" ] || tell 2 'set \($0) first'" }
    }

    private var body: [String] {
        if verification.tool == .plumbline { return check }
        return ["answer=$(mktemp) || exit 2", "trap 'rm -f \"$answer\"' EXIT"] + asking + [
            "# White space means nothing in the answers that are compared.",
            "holds() { tr -d '[:space:]' <\"$answer\" | grep -qF -- \"$1\"; }",
            "repaired() { \(verification.repaired.map(Self.test).joined(separator: " && ")); }",
            "faulty() { \(verification.fault.map(Self.test).joined(separator: " || ")); }",
            "repaired && tell 0 'the fault is gone'",
            "faulty && tell 1 \"the fault is there\(verification.tool == .curl ? " (status $status, curl ended with $code)" : "")\"",
            "cat \"$answer\"",
            "tell 2 'neither the fault nor what was promised shows; see the answer above'",
        ]
    }

    private var asking: [String] {
        let ask =
            verification.tool == .curl
            ? "status=$(\(curl))" : "\(verification.command) >\"$answer\" 2>&1 </dev/null"
        return [ask, "code=$?"]
    }

    /// The status goes to standard output, the body to the file.
    private var curl: String {
        let options = "-o \"$answer\" -w '%{http_code}'"
        let command = verification.command
        for beginning in ["curl -sS -i ", "curl -sS "] where command.hasPrefix(beginning) {
            return "curl -sS \(options) \(command.dropFirst(beginning.count))"
        }
        return command
    }

    private static func test(_ condition: Verification.Condition) -> String {
        switch condition {
        case .exit(let codes): oneOf("$code", codes.map(String.init))
        // A status counts only where there was an answer.
        case .status(let statuses):
            oneOf("$status", Verification.patterns(of: statuses, any: "??"))
        case .contains(let text): "holds \(ShellText.quoted(text.filter { !$0.isWhitespace }))"
        case .lacks(let text): "! holds \(ShellText.quoted(text.filter { !$0.isWhitespace }))"
        }
    }

    private static func oneOf(_ variable: String, _ patterns: [String]) -> String {
        "case \"\(variable)\" in \(patterns.joined(separator: " | "))) true ;; *) false ;; esac"
    }

    /// What no plain tool can tell: the check itself, from the configuration and with what the run was allowed to do.
    private var check: [String] {
        let id = finding.finding.root.rawValue
        return [
            "out=$(mktemp -d) || exit 2", "trap 'rm -rf \"$out\"' EXIT",
            "\(verification.command) --strict --resume never --state \"${PLUMBLINE_STATE:-.plumbline}\" --out \"$out\" --progress none >\"$out/name\"",
            "code=$?",
            "bundle=$(cat \"$out/name\")",
            "[ -f \"$bundle\" ] || tell 2 \"no bundle was written (exit code $code)\"",
            "line=$(tar -xzOf \"$bundle\" reports/results.csv | grep \(ShellText.quoted("^\(id),")))",
            "ends() { printf '%s' \"$line\" | grep -Eq \",(critical|high|medium|low),(yes|no),($1),\"; }",
            "ends 'passed' && tell 0 'the fault is gone'",
            "ends 'failed|timeout' && tell 1 'the fault is there'",
            "tell 2 \"the check could not tell: $line\"",
        ]
    }
}

extension FindingRow {
    /// How to tell whether the fault is there: with plain tools where the check named a way, else by the check itself.
    var verification: Verification {
        guard let own = root?.result?.verification, !own.command.contains("‹"), !own.repaired.isEmpty else {
            return Verification(.plumbline, rerun, fault: [], repaired: [])
        }
        return own
    }

    /// The command that runs the root's check alone, as this run ran it.
    private var rerun: String {
        let options = document.header.options
        let allowed = allowances.isEmpty ? "" : " --allow \(allowances.joined(separator: ","))"
        let configuration = options["config"] ?? "plumbline.yaml"
        return "\"${PLUMBLINE:-plumbline}\" run --config \"${PLUMBLINE_CONFIG:-\(ShellText.word(configuration))}\""
            + " --only \(ShellText.quoted(finding.root.rawValue))\(allowed)"
    }

    /// What the run was allowed to do and this check needs, with those that it depends on: a command to verify with opens
    /// nothing more.
    private var allowances: [String] {
        var pending = [finding.root]
        var seen: Set<CheckID> = []
        var needed: Set<String> = []
        while let id = pending.popLast() {
            guard seen.insert(id).inserted, let descriptor = document.rows([id]).first?.descriptor else { continue }
            pending += descriptor.dependsOn
            for need in descriptor.needs {
                switch need {
                case .writes: needed.insert("writes")
                case .load: needed.insert("load")
                case .faults: needed.insert("faults")
                default: break
                }
            }
        }
        let allowed = document.header.options["allowed"].map { $0.split(separator: ",").map(String.init) } ?? []
        return allowed.filter(needed.contains)
    }

    /// Where the script lies in the bundle.
    var scriptPath: String { "repro/\(Self.fileName(of: finding.id)).sh" }

    /// Ids are ours, but a journal comes from a file: nothing but plain characters makes a name.
    private static func fileName(of id: String) -> String {
        let plain = id.map { character -> Character in
            character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
                ? character : "-"
        }
        return String(plain.drop { $0 == "." || $0 == "-" }.prefix(120))
    }
}

extension ShellText {
    /// A text inside double quotes of a command, or a bare word: without what a shell would take for more.
    static func word(_ text: String) -> String {
        text.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,:@+=".contains($0)) }
    }
}
