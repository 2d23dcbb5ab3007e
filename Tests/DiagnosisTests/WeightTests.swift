import RunModel
import Testing

@testable import Diagnosis

@Suite struct WeightTests {
    @Test("Every rule says who cannot do what, what the fix takes, and what keeps the fault from coming back")
    func everyRuleIsWeighed() {
        for rule in Rule.all {
            #expect(rule.weight != nil, "\(rule.id) has no weight")
        }
        for (id, weight) in Rule.weights {
            #expect(Rule.all.contains { $0.id == id }, "\(id) is the weight of no rule")
            #expect(weight.impact.hasSuffix(".") && weight.prevention.hasSuffix("."), "\(id)")
            #expect(!weight.impact.lowercased().contains("does not hold"), "\(id)")
        }
    }

    @Test("A worse severity or a farther reach is never less urgent")
    func priorityIsMonotonic() {
        for reach in Finding.Reach.allCases {
            for (milder, worse) in zip(Severity.allCases, Severity.allCases.dropFirst()) {
                #expect(Weight.priority(worse, reach) <= Weight.priority(milder, reach))
            }
        }
        for severity in Severity.allCases {
            for (farther, nearer) in zip(Finding.Reach.allCases, Finding.Reach.allCases.dropFirst()) {
                #expect(Weight.priority(severity, farther) <= Weight.priority(severity, nearer))
            }
        }
    }

    @Test("The size of a fix follows from its hours")
    func effortFollowsFromHours() {
        for work in Work.allCases {
            let expected: Finding.Effort = work.hours <= 1 ? .small : work.hours <= 4 ? .medium : .large
            #expect(work.effort == expected)
        }
    }
}
