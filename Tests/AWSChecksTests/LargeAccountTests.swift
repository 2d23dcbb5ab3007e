import AWSClient
import Formats
import Foundation
import Settings
import Testing

@testable import AWSChecks

/// Accounts far larger than ours: the checks stay correct and end in time.
@Suite struct LargeAccountTests {
    private static let count = 5_000

    private func decoded<Value: Decodable>(_ text: String) throws -> Value {
        try JSON.decode(Value.self, from: Data(text.utf8))
    }

    private func expectations() throws -> AWSExpectations {
        let configuration = try Configuration.parse("environment: development\naws: {}\n", path: "c", environment: [:])
        return try #require(AWSExpectations(configuration, environment: [:]))
    }

    /// A listener whose rules are given as conditions, in the order of their priority.
    private func snapshot(rules: [String]) throws -> AWSSnapshot {
        let written = rules.enumerated().map { index, conditions in
            """
            {"ruleArn":"r\(index)","priority":"\(index + 1)","conditions":[\(conditions)],\
            "actions":[{"type":"forward","targetGroupArn":"tg-\(index % 2)"}]}
            """
        }
        return try decoded(
            """
            {"takenAt":"2026-01-02T03:04:05Z","region":"us-east-1",
             "loadBalancers":{"value":[{"loadBalancerArn":"lb","loadBalancerName":"main","availabilityZones":[],"securityGroups":[]}]},
             "listeners":{"main":{"value":[{"listenerArn":"l","port":443,"certificates":[],"defaultActions":[]}]}},
             "rules":{"l":{"value":[\(written.joined(separator: ","))]}}}
            """)
    }

    private func condition(_ field: String, _ values: String...) -> String {
        "{\"field\":\"\(field)\",\"values\":[\(values.map { "\"\($0)\"" }.joined(separator: ","))]}"
    }

    @Test func `one shadowed rule among 5,000 is found, and nothing else`() throws {
        var rules = (0..<Self.count).map { number in
            condition("host-header", "h.example.com") + "," + condition("path-pattern", "/p\(number)/*")
        }
        rules[4_321] = condition("host-header", "H.example.com") + "," + condition("path-pattern", "/p57/x?/*")
        let snapshot = try snapshot(rules: rules)
        let analysis = try ShadowedRulesCheck().analyse(snapshot, try expectations())
        #expect(analysis.problems.count == 1, "\(analysis.problems.prefix(3))")
        #expect(analysis.problems.first?.message.contains("rule 4322") == true)
        #expect(analysis.problems.first?.message.contains("rule 58 ") == true)
    }

    @Test func `a rule without host among 5,000 is found`() throws {
        var rules = (0..<Self.count).map { number in
            number % 2 == 0
                ? condition("path-pattern", "/q\(number)/*")
                : condition("host-header", "h\(number).example.com") + "," + condition("path-pattern", "/p\(number)/*")
        }
        rules[100] = condition("path-pattern", "/p4001/a*")
        let analysis = try HostlessRulesCheck().analyse(try snapshot(rules: rules), try expectations())
        #expect(analysis.problems.map(\.message).filter { $0.contains("rule 101 ") }.count == 1)
        #expect(analysis.problems.count == 1, "\(analysis.problems.prefix(3))")
    }

    /// Candidates by prefix against every pair, on patterns with every kind of wildcard.
    @Test func `looking by prefix finds what looking at every pair finds`() throws {
        let words = ["a", "b", "*", "?", "ab", "/"]
        for round in 0..<200 {
            let rules = try (0..<12).map { index -> LoadBalancing.Rule in
                let text = (0..<3).map { words[(round * 7 + index * 5 + $0 * (index + round)) % words.count] }.joined()
                let field = (round + index) % 3 == 0 ? "host-header" : "path-pattern"
                let rule: LoadBalancing.Rule = try decoded(
                    "{\"ruleArn\":\"r\",\"priority\":\"1\",\"conditions\":[\(condition(field, text))],\"actions\":[]}")
                return rule
            }.map(RuleMatching.init)
            var covering = CoveringRules()
            for (index, rule) in rules.enumerated() {
                let all = rules[..<index].indices.filter { rules[$0].covers(rule) }
                let found = covering.candidates(for: rule).filter { rules[$0].covers(rule) }
                #expect(found == all, "round \(round)")
                covering.add(rule, at: index)
            }
        }
    }

    @Test func `a group with 5,000 rules decides as one with the rule alone`() throws {
        let rules = (0..<Self.count).map { number in
            """
            {"ipProtocol":"tcp","fromPort":\(10_000 + number),"toPort":\(10_000 + number),"groups":[],\
            "ipRanges":[{"cidrIp":"10.\(number / 250).\(number % 250).0/24"}],"ipv6Ranges":[],"prefixListIds":[]}
            """
        }
        let open =
            #"{"ipProtocol":"-1","groups":[],"ipRanges":[{"cidrIp":"0.0.0.0/0"}],"ipv6Ranges":[],"prefixListIds":[]}"#
        let groups: [EC2.SecurityGroup] = try decoded(
            """
            [{"groupId":"sg-1","groupName":"one","ipPermissions":[\(rules.joined(separator: ","))],"ipPermissionsEgress":[\(open)]}]
            """)
        let lists: [EC2.NetworkACL] = try decoded(
            """
            [{"networkAclId":"acl","entrySet":[
             {"ruleNumber":100,"protocol":"-1","ruleAction":"allow","egress":true,"cidrBlock":"0.0.0.0/0"},
             {"ruleNumber":100,"protocol":"-1","ruleAction":"allow","egress":false,"cidrBlock":"0.0.0.0/0"}],
             "associationSet":[{"subnetId":"s"},{"subnetId":"t"}]}]
            """)
        let subnets: [EC2.Subnet] = try decoded(
            #"[{"subnetId":"s","cidrBlock":"10.19.249.0/24"},{"subnetId":"t","cidrBlock":"10.200.0.0/24"}]"#)
        let tables: [EC2.RouteTable] = try decoded(
            """
            [{"routeTableId":"r","routeSet":[{"destinationCidrBlock":"10.0.0.0/8","gatewayId":"local","state":"active"}],
             "associationSet":[{"subnetId":"s"},{"subnetId":"t"}]}]
            """)
        let model = NetworkModel(subnets: subnets, securityGroups: groups, networkACLs: lists, routeTables: tables)
        func end(_ subnet: String, _ number: UInt32) -> NetworkModel.Endpoint {
            NetworkModel.Endpoint(
                name: subnet, address: IPv4Address(number: number), subnetID: subnet, securityGroups: ["sg-1"])
        }
        let (source, target) = (end("s", 0x0A13_F905), end("t", 0x0AC8_0005))
        #expect(model.reachability(from: source, to: target, port: 14_999).isReachable)
        #expect(!model.reachability(from: source, to: target, port: 14_998).isReachable)
    }
}
