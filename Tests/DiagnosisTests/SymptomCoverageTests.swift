import Foundation
import RunModel
import Testing

@testable import Diagnosis

/// The books of symptoms: each is made by somebody, and explained by a rule or by its reason here.
@Suite struct SymptomCoverageTests {
    /// Symptoms that no rule explains, and why not.
    static let unexplained: [String: String] = {
        var list: [String: String] = [:]
        func note(_ names: [String], _ reason: String) { for name in names { list[name] = reason } }
        note(
            Obstacle.Reason.allCases.map { Symptom.name(.obstacle, $0) },
            "the check could not tell, so there is no cause to name")
        note(
            Excess.Quantity.allCases.map { Symptom.name(.excess, $0) },
            "the quantity itself is the finding; many causes lead there")
        note(
            SuiteProblem.allCases.map { Symptom.name(.suite, $0) },
            "only the team that wrote the suite or the condition knows what its failure means")
        note(
            Exposure.Leak.allCases.map { Symptom.name(.exposed, $0) },
            "what is open is the finding and its fix; the check names both")
        note(
            NetworkBlock.Element.allCases.map { Symptom.name(.networkBlock, $0) },
            "the check names the very rule or route that blocks")
        note(
            BreakerDefect.allCases.filter { $0 != .constantBackOff }.map { Symptom.name(.breaker, $0) },
            "a defect of the breaker's code that the check names itself")
        note(
            Deviation.Aspect.allCases.filter { ![.constantVersion, .addresses, .fallback].contains($0) }
                .map { Symptom.name(.deviation, $0) },
            "the answer is another than promised, for reasons of the code behind it")
        note(["setting.differs", "setting.exposed"], "the check names the setting and its value")
        note(["certificate.expires-soon"], "nothing is broken yet; the check says until when")
        note(["certificate.missing", "certificate.not-issued"], "the certificate's own state is all that is known")
        note(
            ["ailment.state", "ailment.alarm", "ailment.roll-out", "ailment.log-errors", "ailment.being-deleted"],
            "explained by its words where a rule knows them")
        note(["ailment.no-instance"], "the name is registered and nothing stands behind it; the check says so")
        note(["lost.answer"], "the check lists what differs on the two ways")
        note(["artifact-changed.listing", "artifact-changed.stale"], "a defect of the store that the check names")
        note(["artifact-changed.elsewhere"], "a choice of the server's settings that the check names")
        note(["permission-denied"], "the identity of the run lacks a right; the doubt names the action")
        note(["rule-order"], "the check names the rule that takes the requests of another")
        note(["changed"], "a change is a suspect of causes and no cause")
        note(["unrecorded"], "a journal of a version that kept no symptoms")
        return list
    }()

    private static let explained = Set(Rule.all.flatMap(\.symptoms).flatMap(\.names))

    /// Those that rules reach by words of the other side only; without the words they are in the list.
    private static let byWordsOnly = Set(
        Rule.all.flatMap(\.symptoms).filter(\.isByWords).flatMap(\.names)
    ).subtracting(Rule.all.flatMap(\.symptoms).filter { !$0.isByWords }.flatMap(\.names))

    @Test("Every symptom is explained by a rule, or stands in the list of the unexplained", arguments: Symptom.names)
    func isAccountedFor(name: String) {
        let isExplained = Self.explained.contains(name)
        if Self.byWordsOnly.contains(name) { return }
        #expect(isExplained != (Self.unexplained[name] != nil), "\(name): explained \(isExplained)")
    }

    @Test("The list of the unexplained names symptoms that exist")
    func listIsCurrent() {
        #expect(Self.unexplained.keys.filter { !Symptom.names.contains($0) } == [])
        #expect(Self.explained.filter { !Symptom.names.contains($0) } == [])
    }

    @Test("Every symptom has somebody who makes it", arguments: Symptom.Kind.allCases.filter { $0 != .unrecorded })
    func hasProducer(kind: Symptom.Kind) throws {
        let text = try Self.producers()
        #expect(text.contains(".\(Self.caseName(kind))("), "nobody makes \(kind)")
        for detail in Self.details(of: kind) { #expect(text.contains(".\(detail)"), "nobody makes \(kind).\(detail)") }
    }

    /// The sources of the kit and of all checks.
    private static func producers() throws -> String {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        var text = ""
        for folder in try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted()
        where folder == "CheckKit" || folder.hasSuffix("Checks") {
            let files = FileManager.default.enumerator(atPath: sources.appending(path: folder).path)
            while let file = files?.nextObject() as? String {
                guard file.hasSuffix(".swift") else { continue }
                text += try String(contentsOf: sources.appending(path: "\(folder)/\(file)"), encoding: .utf8)
            }
        }
        return text
    }

    private static func caseName(_ kind: Symptom.Kind) -> String { "\(kind)" }

    private static func details(of kind: Symptom.Kind) -> [String] {
        switch kind {
        case .noConnection: NoConnection.Manner.allCases.map { "\($0)" }
        case .certificate: CertificateProblem.Defect.allCases.map { "\($0)" }
        case .error, .report: ForeignError.Reason.allCases.map { "\($0)" }
        case .deviation: Deviation.Aspect.allCases.map { "\($0)" }
        case .ailment: Ailment.State.allCases.map { "\($0)" }
        case .setting: SettingProblem.Defect.allCases.map { "\($0)" }
        case .excess: Excess.Quantity.allCases.map { "\($0)" }
        case .breaker: BreakerDefect.allCases.map { "\($0)" }
        case .lost: Loss.allCases.map { "\($0)" }
        case .artifactChanged: ArtifactChange.allCases.map { "\($0)" }
        case .exposed: Exposure.Leak.allCases.map { "\($0)" }
        case .networkBlock: NetworkBlock.Element.allCases.map { "\($0)" }
        case .suite: SuiteProblem.allCases.map { "\($0)" }
        case .obstacle: Obstacle.Reason.allCases.map { "\($0)" }
        case .answer, .misrouted, .permissionDenied, .missing, .eventLoopBlocked, .ruleOrder, .changed, .runLacks,
            .unrecorded:
            []
        }
    }
}
