# SPDX-License-Identifier: Apache-2.0
"""*reload* - reloads the server when its Corefile says something else."""
