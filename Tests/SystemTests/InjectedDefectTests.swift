import RunModel
import TestSupport
import Testing

/// Each known defect is found by the check that is meant for it, with its reason, and no unrelated critical check fails.
@Suite(.serialized) struct InjectedDefectTests {
    @Test("Without a defect no critical check of the validation fails") func faultFree() async throws {
        let stack = try await LocalStack.shared()
        let run = try await ValidationRun.perform(
            configuration: stack.configuration, only: ["SH-*", "DB-*", "ML-*", "RG-*", "AU-*", "RD-*"],
            allow: "writes,load")
        #expect(run.results.count > 150)
        #expect(run.criticalFailures == [], "\(run.criticalFailures.map { "\($0) \(run.told($0))" })")
        let deviations = run.results.values.filter { $0.status == .failed }.map(\.id.rawValue).sorted()
        // The known defects of profile B: contract §2.2 (detailed health, status, constant version), §3.1, §13.
        #expect(
            deviations == ["ML-06", "ML-07", "ML-08", "SH-12", "SH-13", "SH-15"],
            "\(deviations.map { run.told(CheckID($0)) })")
    }

    @Test("The defect is found, with its reason", arguments: InjectedDefect.all)
    func found(defect: InjectedDefect) async throws {
        let stack = try await LocalStack.shared()
        let injection = try await defect.inject(stack)
        let run: ValidationRun
        do {
            run = try await ValidationRun.perform(
                configuration: injection.configuration, only: defect.only, allow: defect.allow)
        } catch {
            try await injection.undo()
            throw error
        }
        try await injection.undo()
        for (id, word) in defect.fails {
            #expect(run.results[id]?.status == .failed, "\(id) \(run.told(id))")
            #expect(run.told(id).contains(word), "\(id) \(run.told(id))")
        }
        let unrelated = run.criticalFailures.filter { id in
            defect.fails[id] == nil && !defect.related.contains { id.matches($0) }
        }
        #expect(unrelated == [], "\(unrelated.map { "\($0) \(run.told($0))" })")
    }
}
