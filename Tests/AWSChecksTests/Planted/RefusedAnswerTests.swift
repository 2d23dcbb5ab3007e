import AWSClient
import Foundation
import RunModel
import Testing

@testable import AWSChecks

/// Every action of the policy, refused in every way: no check that needs it decides all the same.
@Suite struct RefusedAnswerTests {
    private static let faults: [AccountFault] = [.denied, .throttled, .failing, .truncated]

    private static var isWhole: Bool { ProcessInfo.processInfo.environment["PLANTED_ACCOUNT"] == "all" }

    /// The sound account, read once, and what the policy grants for it.
    private struct Ground {
        let account: PlantedAccount
        let snapshot: AWSSnapshot
        let checks: [any SnapshotCheck]
        let expectations: AWSExpectations
        let granted: [String]
        let called: Set<String>

        init() async throws {
            // A healthy variation that refers to a prefix list, so that everything that may be read is.
            let cases = try PlantedAccount.cases.get()
            account = try PlantedAccount.with(
                try #require(cases.first { $0.name == "a prefix list that covers the API's subnets" }))
            let configuration = try PlantedAccount.configuration.get()
            let endpoint = AccountEndpoint(account)
            snapshot = await account.snapshot(configuration, endpoint: endpoint)
            called = endpoint.called
            checks = AWSCatalogue.list.checks(for: configuration).compactMap { $0 as? any SnapshotCheck }
            expectations = try #require(AWSExpectations(configuration, environment: [:]))
            granted = AccessPolicy(for: checks.map(\.descriptor), configuration: configuration).actions
        }

        /// The snapshot in which one action fails; parts that do not need it are those of the sound account.
        func snapshot(_ action: String, _ fault: AccountFault) async throws -> (AWSSnapshot, AccountEndpoint) {
            var account = account
            account.faults = [action: fault]
            let endpoint = AccountEndpoint(account)
            let affected = PlantedAccount.items.filter { AWSItem.actions(for: [$0]).contains(action) }
            let now = account.now
            let collector = account.collector(try PlantedAccount.configuration.get(), endpoint: endpoint)
            let faulty = await AWSSnapshotStore(now: { now }).snapshot(of: affected, collectedBy: collector)
            var merged = snapshot
            for item in affected { merged.adopt(item, from: faulty) }
            return (merged, endpoint)
        }
    }

    @Test func `the policy grants what reading the whole account calls, and no more`() async throws {
        let ground = try await Ground()
        let granted = Set(ground.granted)
        #expect(ground.called.subtracting(granted).isEmpty, "called: \(ground.called.subtracting(granted).sorted())")
        #expect(granted.subtracting(ground.called).isEmpty, "granted: \(granted.subtracting(ground.called).sorted())")
    }

    /// One way of refusing for each action by turns; all ways with `PLANTED_ACCOUNT=all`.
    @Test func `a refused action makes every check that needs it inconclusive, by its name`() async throws {
        let ground = try await Ground()
        var (rows, wrong): (Int, [String]) = (0, [])
        for (index, action) in ground.granted.enumerated() {
            for (turn, fault) in Self.faults.enumerated() where Self.isWhole || turn == index % Self.faults.count {
                let (snapshot, endpoint) = try await ground.snapshot(action, fault)
                // Nothing of an answer without body can be cut off.
                let isHarmless = fault == .truncated && endpoint.calledWithoutBody.contains(action)
                for check in ground.checks {
                    let isConcerned = check.descriptor.awsActions.contains(action) && !isHarmless
                    guard isConcerned || Self.isWhole else { continue }
                    rows += 1
                    let outcome = check.outcome(over: snapshot, ground.expectations)
                    let isRight =
                        isConcerned
                        ? outcome.status == .inconclusive && outcome.message.contains(action)
                        : outcome == check.outcome(over: ground.snapshot, ground.expectations)
                    if !isRight { wrong.append("\(action) \(fault) \(check.descriptor.id): \(outcome)") }
                }
            }
        }
        print("REFUSED \(ground.granted.count) actions, \(rows) outcomes, \(wrong.count) wrong")
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        #expect(rows > 150)
    }

    /// The buckets' checks judge each bucket by itself: a refusal of one does not hide what is wrong with another.
    @Test func `a resource that AWS did not answer for hides nothing of the others`() async throws {
        let ground = try await Ground()
        let check = try #require(ground.checks.first { $0.descriptor.id == "AWS-S3-04" })
        let error = AWSError(
            .accessDenied, operation: "s3 GetPublicAccessBlock", message: "no",
            missingAction: "s3:GetBucketPublicAccessBlock")
        var snapshot = ground.snapshot
        snapshot.bucketPublicAccess["orion-pipeline-euw1"] = .failed(error)
        let one = check.outcome(over: snapshot, ground.expectations)
        #expect(one.status == .inconclusive && one.message.contains("s3:GetBucketPublicAccessBlock"), "\(one)")
        snapshot.bucketPublicAccess["orion-artifacts-euw1"] = .value(S3.PublicAccessBlock())
        let both = check.outcome(over: snapshot, ground.expectations)
        #expect(both.status == .failed && both.message.contains("orion-artifacts-euw1"), "\(both)")
    }

    /// What a check does not declare, it does not see: its actions are complete.
    @Test func `no check reads what it does not declare`() async throws {
        let ground = try await Ground()
        for check in ground.checks {
            let expectations = ground.expectations.deciding(check.descriptor.id)
            let all = Result { try check.analyse(ground.snapshot, expectations).outcome(passing: check.passingNote) }
            let own = check.outcome(over: ground.snapshot, ground.expectations)
            if case .success(let outcome) = all { #expect(outcome == own, "\(check.descriptor.id)") }
        }
    }
}
